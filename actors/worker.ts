import { type WorkerPerformer, workerMachine } from '../machines/worker.ts';
import type { Thread, ThreadHost } from '../src/ports/index.ts';
import { spawnActor } from '../src/statechart/index.ts';
import { IGNORE, type StartChild } from './child.ts';

export interface WorkerOptions {
  /** Milliseconds that an overdue task is given to yield, and one that has no task left to end. */
  readonly grace: number;
  /** Milliseconds from the start of the thread to its hello. */
  readonly handshakeTimeout: number;
}

/** Performs `machines/worker.ts` over a thread of the pool; of one that is closed, there is none. */
export function worker(threads: ThreadHost, options: WorkerOptions): StartChild {
  return ({ id, parent }) => {
    if (threads.isClosed) return IGNORE;
    let thread: Thread | undefined;
    let isPrepared = false;
    const performer: WorkerPerformer = {
      open() {
        thread = threads.open(id, {
          ready: () => actor.send({ type: 'READY' }),
          overdue: () => actor.send({ type: 'OVERDUE' }),
          yielded: () => actor.send({ type: 'YIELDED' }),
          emptied: () => actor.send({ type: 'EMPTY' }),
          hung: () => actor.send({ type: 'HUNG' }),
          worn: () => actor.send({ type: 'WORN' }),
          broken: (error) => actor.send({ type: 'BROKEN', error }),
          exited: (reason) => actor.send({ type: 'EXITED', reason }),
        });
      },
      drain: () => thread?.drain(),
      retire: () => thread?.retire(),
      prepare() {
        isPrepared = threads.prepare();
      },
      standDown() {
        if (isPrepared) threads.standDown();
        isPrepared = false;
      },
      kill: (reason) => thread?.kill(reason),
      isWanted: () => !threads.isClosed,
    };
    const actor = spawnActor(workerMachine, { id, parent, input: { performer, ...options } });
    actor.start();
    return {
      ref: actor,
      stop: () => actor.send({ type: 'SHUTDOWN' }),
      kill: () => actor.send({ type: 'KILL' }),
      status: () => {
        const { value } = actor.getSnapshot();
        return typeof value === 'string' ? value : String(Object.keys(value)[0]);
      },
    };
  };
}
