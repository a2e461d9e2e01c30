import type { AnyActorRef, EventFromLogic } from 'xstate';
import { checkMilliseconds, checkSignal, onAbort, TroupeError } from '../model/index.ts';
import { hasEnded } from './exit-reasons.ts';
import { type ActorHandle, monitor, refOf } from './monitor.ts';
import type { System } from './xstate-internals.ts';

/**
 * How the receiver of a question answers it: the first answer counts. It is a field of the event.
 *
 * @example type Events = { type: 'GET'; key: string; reply: Reply<number> };
 */
export type Reply<Answer> = (answer: Answer) => void;

export interface AskOptions {
  /** Milliseconds to wait for the answer, from the call, on the system's clock. @default no limit */
  readonly timeout?: number;
  /** Aborts the wait; the question is asked nonetheless. */
  readonly signal?: AbortSignal;
}

type EventOf<Ref> = Ref extends { send(event: infer Event): void } ? Event : never;
type Question<Ref> = Extract<EventOf<Ref>, { readonly reply: Reply<never> }>;
type Asked<Event> = Event extends unknown ? Omit<Event, 'reply'> : never;
type AnswerTo<Ref, Type> =
  Extract<EventOf<Ref>, { readonly type: Type }> extends { readonly reply: Reply<infer Answer> }
    ? Answer
    : never;

/**
 * Asks an actor and gives its answer: sends the event with a `reply` and waits for that to be called.
 *
 * @throws TroupeError `ActorDown` at once when the actor has ended or ends before it answers, with the
 *   reason's error as cause; `AskTimeout`; `InvalidOption`; and the signal's reason when it aborts
 *
 * @example const value = await ask(counter, { type: 'GET', key: 'a' }, { timeout: 100 });
 */
export function ask<Ref extends AnyActorRef, const Event extends Asked<Question<Ref>>>(
  target: ActorHandle<Ref>,
  event: Event,
  { timeout, signal }: AskOptions = {},
): Promise<AnswerTo<Ref, Event['type' & keyof Event]>> {
  const ref = refOf('target', target as ActorHandle);
  if (timeout !== undefined) checkMilliseconds('timeout', timeout);
  if (signal !== undefined) checkSignal('signal', signal);
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const { _clock: clock } = ref.system as unknown as System;
    const settle = () => {
      watch[Symbol.dispose]();
      if (timer !== undefined) clock.clearTimeout(timer);
      leave?.();
    };
    const fail = (error: unknown) => {
      settle();
      reject(error);
    };
    const watch = monitor(ref, ({ reason }) => fail(actorDown(ref, event, reason.error)));
    const onTimeout = () => fail(askTimeout(ref, event, timeout));
    const timer = timeout === undefined ? undefined : clock.setTimeout(onTimeout, timeout);
    const leave = signal && onAbort(signal, () => fail(signal.reason));
    const reply: Reply<never> = (answer) => {
      settle();
      resolve(answer);
    };
    try {
      if (!hasEnded(ref)) ref.send({ ...(event as object), reply } as EventFromLogic<never>);
    } catch (error) {
      fail(error);
    }
  });
}

function actorDown({ id }: AnyActorRef, event: object, cause: unknown): TroupeError {
  const { type } = event as { readonly type: string };
  return new TroupeError('ActorDown', `${id} ended before it answered ${type}`, {
    ...(cause !== undefined && { cause }),
    details: { actor: id, event: type },
  });
}

function askTimeout({ id }: AnyActorRef, event: object, timeout: unknown): TroupeError {
  const { type } = event as { readonly type: string };
  return new TroupeError('AskTimeout', `${id} did not answer ${type} within ${timeout} ms`, {
    details: { actor: id, event: type, timeout },
  });
}
