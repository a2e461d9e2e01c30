/** The measuring loop of `timers`, the same for every contestant of actors of XState's kind. */

import { microsecondsEach, type RepeatWindow, repeat } from './repeat.ts';

export interface ArmedWindow extends RepeatWindow {
  /** Actors whose timer is armed while others are armed and left. */
  readonly live: number;
  /** What is measured: a state entered and left, or an actor that ends while its timer is armed. */
  readonly ends: 'state' | 'actor';
}

/** An actor of `charts/waiting.ts`, started. */
interface Waiting {
  send(event: { readonly type: 'ARM' | 'LEAVE' | 'FINISH' }): void;
  getSnapshot(): { readonly status: string; readonly value: unknown };
}

/** Few: a contestant that looks at all timers takes milliseconds for each. */
const BATCH = 20;

const ARM = { type: 'ARM' } as const;
const LEAVE = { type: 'LEAVE' } as const;
const FINISH = { type: 'FINISH' } as const;

/** Microseconds that it costs to arm a timer and to be rid of it, beside so many others. */
export async function measureArmed(
  start: (id: string) => Waiting,
  { live, ends, ...window }: ArmedWindow,
): Promise<number> {
  let made = 0;
  const startOne = () => start(`waiting-${made++}`);
  const armed = Array.from({ length: live }, startOne);
  for (const actor of armed) actor.send(ARM);

  const toggled = startOne();
  const batches = {
    state() {
      for (let i = 0; i < BATCH; i++) {
        toggled.send(ARM);
        toggled.send(LEAVE);
      }
      if (toggled.getSnapshot().value !== 'idle') throw new Error('the state was not left');
      return BATCH;
    },
    actor() {
      for (let i = 0; i < BATCH; i++) {
        const actor = startOne();
        actor.send(ARM);
        actor.send(FINISH);
        if (actor.getSnapshot().status !== 'done') throw new Error('the actor did not end');
      }
      return BATCH;
    },
  };
  const repeated = await repeat(batches[ends], window);

  // An armed timer would keep the process alive.
  for (const actor of armed) actor.send(LEAVE);
  return microsecondsEach(repeated);
}
