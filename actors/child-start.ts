import { type AnyActorLogic, type InputFrom, StateMachine } from 'xstate';
import { invalidOption, SHUTDOWN } from '../src/model/index.ts';
import { compile, spawnActor, stopActor } from '../src/statechart/index.ts';
import {
  type ChildHost,
  type RunningChild,
  type ServiceRecipe,
  type StartChild,
  service,
} from './child.ts';

/**
 * What a child specification may name as `start`: XState logic of any kind (machines are compiled),
 * the recipe of a plain service, or a function that does it all itself.
 */
export type ChildStart = (StartChild & NoLogic) | AnyActorLogic | (ServiceRecipe & NoLogic);

/** By what it lacks, TypeScript tells which of them is meant, and of what type its parameters are. */
interface NoLogic {
  readonly transition?: undefined;
}

/** @throws TroupeError `InvalidOption` for what is none of these */
export function startOf(start: ChildStart): StartChild {
  if (typeof start === 'function') return start;
  if (isLogic(start)) return actor(start);
  if (isRecipe(start)) return service(start);
  throw invalidOption('start', 'actor logic, a service or a function', start);
}

/**
 * An actor as a child. It has started when its logic has: logic that fails at once is a failed start.
 * Asked to stop, it is stopped; in good order, whatever it was doing.
 *
 * @param input what the logic takes, for each of its lives
 */
export function actor<L extends AnyActorLogic>(
  logic: L,
  input?: InputFrom<L>,
): (host: ChildHost) => RunningChild {
  const own = compiled(logic);
  return ({ id, parent, exited }) => {
    const ref = spawnActor(own, { parent, id, input: input as InputFrom<L> });
    ref.start();
    const { status, error } = ref.getSnapshot();
    if (status === 'error') throw error;
    const end = (kind: 'shutdown' | 'killed') => {
      stopActor(ref, kind === 'killed' ? { kind } : undefined);
      exited(kind === 'shutdown' ? SHUTDOWN : { kind });
    };
    return {
      ref,
      stop: () => end('shutdown'),
      kill: () => end('killed'),
      status: () => stateOf(ref.getSnapshot()),
    };
  };
}

/** A machine compiled, and any other logic as it is. */
function compiled<L extends AnyActorLogic>(logic: L): L {
  return logic instanceof StateMachine ? (compile(logic) as AnyActorLogic as L) : logic;
}

/** Whether it is actor logic of any kind. */
export function isLogic(value: unknown): value is AnyActorLogic {
  return typeof (value as AnyActorLogic | undefined)?.transition === 'function';
}

function isRecipe(value: unknown): value is ServiceRecipe {
  const { start, stop } = (value ?? {}) as ServiceRecipe;
  return typeof start === 'function' || typeof stop === 'function';
}

/** The chart's state, or the status of logic that has none. */
function stateOf(snapshot: { readonly status: string; readonly value?: unknown }): string {
  const { status, value } = snapshot;
  if (status !== 'active' || value === undefined) return status;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
