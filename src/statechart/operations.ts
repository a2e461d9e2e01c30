import type { Action, ActionFunction, Guard, GuardFunction, Node } from './xstate-internals.ts';

/** The named implementations of a machine. */
export interface Implementations {
  readonly actions: Readonly<Record<string, unknown>>;
  readonly guards: Readonly<Record<string, unknown>>;
  readonly delays: Readonly<Record<string, unknown>>;
}

/** One thing that a transition does, resolved as far as it can be before it happens. */
export type Operation =
  | {
      readonly kind: 'custom';
      readonly run: ActionFunction | undefined;
      readonly params: unknown;
      /** How inspectors and the pure functions name it. */
      readonly type: string;
    }
  | {
      readonly kind: 'assign';
      readonly action: ActionFunction;
      readonly params: unknown;
      /** The assigned keys, when each has an assigner of its own. */
      readonly keys: readonly string[] | undefined;
    }
  /** `raise`, `after`, `cancel`, `emit`, `sendTo`, `spawnChild`, `enqueueActions`, `log`, … */
  | { readonly kind: 'builtin'; readonly action: ActionFunction; readonly params: unknown }
  /** A nested state is final: its parent is done. */
  | { readonly kind: 'done-state'; readonly parent: Node; readonly final: Node }
  /** The machine itself is done. */
  | { readonly kind: 'complete'; readonly final: Node };

/** Actions that never put an event into the machine's own queue, whatever their arguments. */
const QUIET: ReadonlySet<unknown> = new Set([
  'xstate.assign',
  'xstate.cancel',
  'xstate.emit',
  'xstate.log',
  'xstate.sendTo',
  'xstate.spawnChild',
  'xstate.stopChild',
]);

/** True when the operation cannot raise an event that the same macrostep would have to handle. */
export function isQuiet(operation: Operation, delays: Implementations['delays']): boolean {
  if (operation.kind === 'done-state') return false;
  if (operation.kind !== 'builtin') return true;
  const { type, delay } = operation.action;
  if (QUIET.has(type)) return true;
  const known = typeof delay === 'string' ? delays[delay] : delay;
  return type === 'xstate.raise' && typeof known === 'number';
}

/** An action with its implementation looked up; one that has none does nothing, as in XState. */
export function operationOf(action: Action, { actions }: Implementations): Operation {
  if (typeof action === 'function') {
    return bind(action, undefined, action.name || '(anonymous)');
  }
  const type = typeof action === 'string' ? action : action.type;
  const params = typeof action === 'string' ? undefined : action.params;
  return bind(actions[type] as ActionFunction | undefined, params, type);
}

function bind(action: ActionFunction | undefined, params: unknown, type: string): Operation {
  if (action === undefined || !('resolve' in action)) {
    return { kind: 'custom', run: action, params, type };
  }
  if (action.type !== 'xstate.assign') return { kind: 'builtin', action, params };
  const { assignment } = action;
  const keys = typeof assignment === 'function' ? undefined : Object.keys(assignment as object);
  return { kind: 'assign', action, params, keys };
}

/** A guard with its implementation looked up. */
export interface Condition {
  readonly check: GuardFunction;
  readonly params: unknown;
  /** How an error names it; a function has no name. */
  readonly name: string | undefined;
}

/** Undefined for a guard that has no implementation, or one that leads to another by name. */
export function conditionOf(guard: Guard, { guards }: Implementations): Condition | undefined {
  if (typeof guard === 'function') return { check: guard, params: undefined, name: undefined };
  const name = typeof guard === 'string' ? guard : guard.type;
  const check = guards[name];
  if (typeof check !== 'function') return undefined;
  const params = typeof guard === 'string' ? undefined : guard.params;
  return { check: check as GuardFunction, params, name };
}

/** The implementations as a machine holds them. */
export function implementationsOf(machine: { implementations: unknown }): Implementations {
  return machine.implementations as Implementations;
}
