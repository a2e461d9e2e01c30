import { describe, expect, it } from 'vitest';
import { Crew, type CrewPool, type CrewSize } from '../../actors/crew.ts';
import type { Thread, ThreadListener } from '../../src/ports/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import { rejection } from '../support/rejection.ts';

/** A pool whose threads are in the test's hand. */
class Threads implements CrewPool {
  longestWait = 0;
  mayGrow = false;
  isClosed = false;
  readonly open_ = new Map<string, ThreadListener>();
  readonly busy = new Map<string, number>();
  readonly #answered = new Map<string, number>();
  /** New ones do not say hello of themselves. */
  isSlow = false;

  open(worker: string, listener: ThreadListener): Thread {
    this.open_.set(worker, listener);
    if (!this.isSlow) queueMicrotask(() => listener.ready());
    const end = () => {
      if (this.inFlight(worker) === 0) this.end(worker);
    };
    return { drain: end, retire: end, kill: (reason) => this.#exit(worker, reason.kind) };
  }

  prepare(): boolean {
    return false;
  }
  standDown(): void {}

  /** A thread is through with its tasks, and ends. */
  end(worker: string): void {
    this.busy.delete(worker);
    this.#exit(worker, 'normal');
  }

  #exit(worker: string, kind: 'normal' | 'killed' | 'shutdown' | string): void {
    const listener = this.open_.get(worker);
    this.open_.delete(worker);
    queueMicrotask(() => listener?.exited({ kind } as never));
  }

  answer(worker: string): void {
    this.#answered.set(worker, this.answered(worker) + 1);
  }

  inFlight(worker: string): number {
    return this.busy.get(worker) ?? 0;
  }

  answered(worker: string): number {
    return this.#answered.get(worker) ?? 0;
  }

  get names(): readonly string[] {
    return [...this.open_.keys()];
  }
}

async function started(size: Partial<CrewSize>, jitter = 0) {
  const clock = new VirtualClock();
  const threads = new Threads();
  const crew = new Crew(threads, {
    id: 'pool',
    size: { min: 1, max: 1, idleTimeout: 1_000, ...size },
    grace: 100,
    handshakeTimeout: 1_000,
    restartIntensity: { intensity: 3, period: 5_000 },
    clock,
    random: { next: () => jitter, id: () => '' },
    sink: { publish() {} },
  });
  await crew.supervisor.start();
  await clock.advance(0);
  return { clock, threads, crew };
}

describe('the workers of a pool', () => {
  it('become more, and are ready then', async () => {
    const { clock, threads, crew } = await started({});
    threads.isSlow = true;
    let isDone = false;
    const resized = crew.resize({ min: 3, max: 3, idleTimeout: 1 }).then(() => {
      isDone = true;
    });
    await clock.advance(0);
    expect(threads.names).toEqual(['worker-1', 'worker-2', 'worker-3']);
    threads.open_.get('worker-2')?.ready();
    await clock.advance(0);
    expect(isDone).toBe(false);
    threads.open_.get('worker-3')?.ready();
    await resized;
    expect(crew.size).toEqual({ min: 3, max: 3, idleTimeout: 1 });
  });

  it('do not become more once the pool takes no more threads', async () => {
    const { threads, crew } = await started({});
    threads.isClosed = true;
    await rejection(crew.resize({ min: 2, max: 2, idleTimeout: 1 }), 'InvalidState');
    expect(threads.names).toEqual(['worker-1']);
  });

  it('become fewer: the least busy go, and leave nothing behind', async () => {
    const { clock, threads, crew } = await started({ min: 4, max: 4 });
    for (const [worker, held] of Object.entries({ 'worker-1': 1, 'worker-2': 3, 'worker-3': 0 })) {
      threads.busy.set(worker, held);
    }
    threads.busy.set('worker-4', 2);
    await crew.resize({ min: 2, max: 2, idleTimeout: 1 });
    await clock.advance(0);
    expect(threads.names).toEqual(['worker-1', 'worker-2', 'worker-4']);
    // However long its task takes.
    await clock.advance(60_000);
    expect(threads.names).toContain('worker-1');
    threads.end('worker-1');
    await clock.advance(0);
    expect(crew.supervisor.whichChildren().map(({ id }) => id)).toEqual(['worker-2', 'worker-4']);
    expect(crew.supervisor.restartsLeft).toBe(3);
  });

  it('are replaced when they die, and also when they die as they leave', async () => {
    const { clock, threads, crew } = await started({ min: 2, max: 2 });
    threads.open_.get('worker-1')?.exited({ kind: 'exited' });
    await clock.advance(0);
    expect(threads.names).toEqual(['worker-1', 'worker-2']);
    expect(crew.supervisor.restartsLeft).toBe(2);
  });

  it('cannot be resized before they start, nor after their end', async () => {
    const { crew } = await started({});
    crew.supervisor.stop();
    await crew.supervisor.ended;
    const size = { min: 2, max: 2, idleTimeout: 1 };
    await expect(crew.resize(size)).rejects.toMatchObject({ code: 'InvalidState' });
  });

  it('tell of one that does not come', async () => {
    const { clock, threads, crew } = await started({});
    threads.isSlow = true;
    const resized = crew.resize({ min: 2, max: 2, idleTimeout: 1 });
    const outcome = expect(resized).rejects.toMatchObject({ code: 'HandshakeFailed' });
    await clock.advance(1_000);
    await outcome;
  });
});

describe('a worker that waits to be started again', () => {
  /** One of two, which has just failed to start. */
  async function failed() {
    const scene = await started({}, 1);
    const { clock, threads, crew } = scene;
    threads.isSlow = true;
    const resized = rejection(crew.resize({ min: 2, max: 2, idleTimeout: 1 }), 'HandshakeFailed');
    await clock.advance(0);
    threads.open_.get('worker-2')?.exited({ kind: 'crashed', error: new Error('no') } as never);
    threads.open_.delete('worker-2');
    await resized;
    threads.isSlow = false;
    return scene;
  }

  it('is one of those that there are to be', async () => {
    const { clock, threads, crew } = await failed();
    await crew.resize({ min: 2, max: 2, idleTimeout: 1 });
    await clock.advance(1_000);
    expect(threads.names).toEqual(['worker-1', 'worker-2']);
  });

  it('is the first that is not needed any more', async () => {
    const { clock, threads, crew } = await failed();
    await crew.resize({ min: 1, max: 1, idleTimeout: 1 });
    await clock.advance(1_000);
    expect(threads.names).toEqual(['worker-1']);
    expect(crew.supervisor.countChildren()).toMatchObject({ specs: 1 });
  });
});

describe('an elastic pool', () => {
  const size = { min: 1, max: 3, idleTimeout: 1_000 };

  it('grows one by one while tasks wait for long, to its limit', async () => {
    const { clock, threads } = await started(size);
    threads.longestWait = 19;
    await clock.advance(100);
    expect(threads.names).toHaveLength(1);
    threads.longestWait = 20;
    await clock.advance(25);
    expect([threads.names.length, threads.mayGrow]).toEqual([2, true]);
    await clock.advance(25);
    expect(threads.names).toHaveLength(3);
    await clock.advance(1_000);
    expect(threads.mayGrow).toBe(false);
    expect(threads.names).toHaveLength(3);
  });

  it('waits for one that comes before it adds another', async () => {
    const { clock, threads } = await started(size);
    threads.isSlow = true;
    threads.longestWait = 500;
    await clock.advance(500);
    expect(threads.names).toEqual(['worker-1', 'worker-2']);
    threads.open_.get('worker-2')?.ready();
    await clock.advance(25);
    expect(threads.names).toHaveLength(3);
  });

  it('shrinks when there has been nothing to do for long, to its limit', async () => {
    const { clock, threads } = await started(size);
    threads.longestWait = 20;
    await clock.advance(50);
    threads.longestWait = 0;
    await clock.advance(900);
    threads.answer('worker-2');
    await clock.advance(125);
    expect(threads.names).toEqual(['worker-2', 'worker-3']);
    await clock.advance(5_000);
    expect(threads.names).toHaveLength(1);
  });

  it('keeps one that has a task, however long that takes', async () => {
    const { clock, threads } = await started(size);
    threads.longestWait = 20;
    await clock.advance(50);
    threads.longestWait = 0;
    for (const worker of threads.names) threads.busy.set(worker, 1);
    await clock.advance(60_000);
    expect(threads.names).toHaveLength(3);
  });

  it('looks no more once it has ended, or is of a fixed size', async () => {
    const { clock, threads, crew } = await started(size);
    await crew.resize({ min: 1, max: 1, idleTimeout: 1 });
    threads.longestWait = 500;
    await clock.advance(500);
    expect(threads.names).toHaveLength(1);
    await crew.resize(size);
    await clock.advance(25);
    expect(threads.names).toHaveLength(2);
    crew.supervisor.stop();
    await crew.supervisor.ended;
    await clock.advance(500);
    expect(threads.names).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
