/** Pure values: task references, statuses, child specs, restart intensity, back-off, errors, events. */
export * from './back-off.ts';
export * from './cache-policy.ts';
export * from './child-back-off.ts';
export * from './child-spec.ts';
export * from './errors.ts';
export * from './events.ts';
export * from './exit-reason.ts';
export * from './order.ts';
export * from './restart-intensity.ts';
export * from './shutdown-phases.ts';
export * from './status.ts';
export * from './supervision-node.ts';
export * from './supervisor-options.ts';
export * from './supervisor-report.ts';
export * from './task-reference.ts';
export * from './timeout.ts';
