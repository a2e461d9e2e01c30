/** What may happen next: pure statecharts, performed by the actors of the same names. */
export { circuitBreakerMachine } from './circuit-breaker.ts';
export { executionMachine, type Outcome } from './execution.ts';
export { healthMachine } from './health.ts';
export { healthCheckMachine } from './health-check.ts';
export { shutdownMachine } from './shutdown.ts';
export { supervisorMachine } from './supervisor.ts';
export { workerMachine } from './worker.ts';
