import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import { type WorkerEvent, workerMachine } from '../../machines/worker.ts';
import { ExitError, type ExitReason, NORMAL } from '../../src/model/index.ts';
import { bothWays } from './chart.ts';

const GRACE = 50;
const HANDSHAKE = 200;

const broken = new Error('nonsense');
const death: ExitReason = { kind: 'out_of_memory', error: new Error('heap') };

const READY = { type: 'READY' } as const;
const OVERDUE = { type: 'OVERDUE' } as const;
const YIELDED = { type: 'YIELDED' } as const;
const EMPTY = { type: 'EMPTY' } as const;
const STOP = { type: 'SHUTDOWN' } as const;
const KILL = { type: 'KILL' } as const;
const BROKEN = { type: 'BROKEN', error: broken } as const;

function gone(reason: ExitReason = death): WorkerEvent {
  return { type: 'EXITED', reason };
}

/** When something may come over a worker, and what has happened to it by then. */
const MOMENTS: readonly [when: string, before: readonly WorkerEvent[]][] = [
  ['while it starts', []],
  ['when it is ready', [READY]],
  ['when it is suspect', [READY, OVERDUE]],
  ['while it drains', [READY, STOP]],
];

/** A state of the chart as a text: `draining.overdue` for one within another. */
function nameOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return Object.entries(value as object).map(([outer, inner]) => `${outer}.${inner}`)[0] ?? '';
}

describe.each(bothWays(workerMachine))('the chart of a worker, %s', (_, machine) => {
  function worker(...events: readonly WorkerEvent[]) {
    const clock = new SimulatedClock();
    const told: string[] = [];
    const kills: ExitReason[] = [];
    /** Apart from the rest: to stand down is to be heeded only by who was prepared. */
    const spares: string[] = [];
    const errors: unknown[] = [];
    const pool = { isClosed: false };
    const performer = {
      isWanted: () => !pool.isClosed,
      open: () => void told.push('open'),
      drain: () => void told.push('drain'),
      retire: () => void told.push('retire'),
      prepare: () => void spares.push('prepare'),
      standDown: () => void spares.push('stand down'),
      kill: (reason: ExitReason) => {
        told.push(`kill (${reason.kind})`);
        kills.push(reason);
      },
    };
    const input = { performer, grace: GRACE, handshakeTimeout: HANDSHAKE };
    const actor = createActor(machine, { input, clock });
    actor.subscribe({ error: (error) => errors.push(error) });
    actor.start();
    const send = (...more: readonly WorkerEvent[]) => {
      for (const event of more) actor.send(event);
    };
    send(...events);
    // An action that throws leaves the value as it was before: the state it led to shows elsewhere.
    const status = () => {
      const snapshot = actor.getSnapshot();
      return snapshot.status === 'error' ? 'crashed' : nameOf(snapshot.value);
    };
    /** An event, or milliseconds. */
    const meet = (next: WorkerEvent | number) => {
      if (typeof next === 'number') clock.increment(next);
      else if (actor.getSnapshot().status === 'active') send(next);
    };
    return { actor, clock, told, spares, kills, errors, pool, send, status, meet };
  }

  describe('starting', () => {
    it('opens a thread and is ready once that has shaken hands', () => {
      const { told, status, send } = worker();
      expect(status()).toBe('starting');
      expect(told).toEqual(['open']);
      send(READY);
      expect(status()).toBe('ready');
    });

    it('kills a thread that does not shake hands in time', () => {
      const { clock, told, status } = worker();
      clock.increment(HANDSHAKE - 1);
      expect(status()).toBe('starting');
      clock.increment(1);
      expect(status()).toBe('unresponsive');
      expect(told).toEqual(['open', 'kill (handshake_failed)']);
    });

    it('has all the time there is once it is ready', () => {
      const { clock, status } = worker(READY);
      clock.increment(10 * HANDSHAKE);
      expect(status()).toBe('ready');
    });

    it('is killed rather than drained, when it is to stop already', () => {
      const { told, status } = worker(STOP);
      expect(status()).toBe('killing');
      expect(told).toEqual(['open', 'kill (shutdown)']);
    });
  });

  describe('a worker that has served long enough', () => {
    const WORN: WorkerEvent = { type: 'WORN' };
    const GONE: WorkerEvent = { type: 'EXITED', reason: { kind: 'normal' } };

    it('is the same worker with another thread', () => {
      const { told, status, send } = worker(READY, WORN);
      expect(status()).toBe('recycling.orderly');
      send(GONE);
      expect(status()).toBe('starting');
      send(READY);
      expect(status()).toBe('ready');
      expect(told).toEqual(['open', 'retire', 'open']);
    });

    it('has no other thread when none is wanted by then', () => {
      const { told, errors, pool, status, send } = worker(READY, WORN);
      pool.isClosed = true;
      send(GONE);
      expect(status()).toBe('stopped');
      expect(errors).toEqual([]);
      expect(told).toEqual(['open', 'retire']);
    });

    it('is killed when its last task does not yield in time, and then it has failed', () => {
      const { clock, kills, errors, status, send } = worker(READY, OVERDUE, WORN);
      expect(status()).toBe('recycling.overdue');
      clock.increment(GRACE);
      expect(kills).toEqual([{ kind: 'killed' }]);
      send({ type: 'EXITED', reason: { kind: 'killed' } });
      expect(errors).toHaveLength(1);
    });

    it('has all the time that its tasks take', () => {
      const { clock, status } = worker(READY, WORN);
      clock.increment(10 * GRACE);
      expect(status()).toBe('recycling.orderly');
    });

    it('is the same worker also when its thread does not end by itself', () => {
      const { clock, told, errors, status, send } = worker(READY, WORN, EMPTY);
      clock.increment(GRACE - 1);
      expect(status()).toBe('recycling.parting');
      clock.increment(1);
      expect(status()).toBe('recycling.cut');
      send({ type: 'EXITED', reason: { kind: 'killed' } });
      expect(status()).toBe('starting');
      expect(told).toEqual(['open', 'retire', 'kill (killed)', 'open']);
      expect(errors).toEqual([]);
    });

    it('is gone when its thread was cut off and none is wanted by then', () => {
      const { clock, errors, pool, status, send } = worker(READY, WORN, EMPTY);
      clock.increment(GRACE);
      pool.isClosed = true;
      send({ type: 'EXITED', reason: { kind: 'killed' } });
      expect(status()).toBe('stopped');
      expect(errors).toEqual([]);
    });

    it('has failed when its thread dies meanwhile', () => {
      const { errors, status, send } = worker(READY, WORN);
      send({ type: 'EXITED', reason: { kind: 'out_of_memory' } });
      expect(status()).toBe('crashed');
      expect(errors).toMatchObject([{ reason: { kind: 'out_of_memory' } }]);
    });

    it('stops for good when it is to stop meanwhile', () => {
      const { told, status, send } = worker(READY, WORN, STOP);
      expect(status()).toBe('draining.orderly');
      send(GONE);
      expect(status()).toBe('stopped');
      expect(told).toEqual(['open', 'retire', 'drain']);
    });
  });

  describe('a worker that hangs', () => {
    it.each([
      ['when it is ready', [READY]],
      ['when it is suspect', [READY, OVERDUE]],
      ['while it drains', [READY, STOP]],
    ] as const)('%s is killed for that, and has failed', (_, before) => {
      const { kills, errors, status, send } = worker(...before, { type: 'HUNG' });
      expect(kills).toEqual([{ kind: 'hung' }]);
      send({ type: 'HUNG' });
      send(gone({ kind: 'hung' }));
      expect(status()).toBe('crashed');
      expect(errors).toMatchObject([{ reason: { kind: 'hung' } }]);
    });
  });

  describe('a task that overstays', () => {
    it('makes its worker suspect, until it yields', () => {
      const { clock, told, spares, status, send } = worker(READY, OVERDUE);
      expect(status()).toBe('suspect');
      clock.increment(GRACE - 1);
      send(YIELDED);
      expect(status()).toBe('ready');
      clock.increment(10 * GRACE);
      expect(told).toEqual(['open']);
      expect(spares).toEqual(['prepare', 'stand down']);
    });

    it('is not worth another thread when it stops soon', () => {
      const { clock, spares, send } = worker(READY, OVERDUE);
      clock.increment(GRACE / 4 - 1);
      send(YIELDED);
      clock.increment(GRACE);
      expect(spares).toEqual(['stand down']);
    });

    it('costs its worker the thread, when it does not yield in time', () => {
      const { clock, told, spares, status, errors, send } = worker(READY, OVERDUE);
      clock.increment(GRACE);
      expect(status()).toBe('overstayed');
      expect(told).toEqual(['open', 'kill (killed)']);
      expect(spares).toEqual(['prepare']);
      send(gone({ kind: 'killed' }));
      expect(errors).toEqual([expect.objectContaining({ reason: { kind: 'killed' } })]);
    });

    it('has a grace of its own each time', () => {
      const { clock, status, send } = worker(READY, OVERDUE);
      clock.increment(GRACE - 1);
      send(YIELDED, OVERDUE);
      clock.increment(GRACE - 1);
      expect(status()).toBe('suspect');
      clock.increment(1);
      expect(status()).toBe('overstayed');
    });
  });

  describe('draining', () => {
    it('lets the thread finish, and is done when it is gone', () => {
      const { actor, clock, told, status, errors, send } = worker(READY, STOP);
      expect(status()).toBe('draining.orderly');
      clock.increment(10 * GRACE);
      send(STOP, gone(NORMAL));
      expect(status()).toBe('stopped');
      expect(actor.getSnapshot().status).toBe('done');
      expect(told).toEqual(['open', 'drain']);
      expect(errors).toEqual([]);
    });

    it('is done also when the thread dies of it', () => {
      const { status, errors } = worker(READY, STOP, gone());
      expect(status()).toBe('stopped');
      expect(errors).toEqual([]);
    });

    it('ends with the thread that a task does not give back', () => {
      const { clock, told, status, send } = worker(READY, STOP, OVERDUE);
      clock.increment(GRACE - 1);
      send(YIELDED);
      expect(status()).toBe('draining.orderly');
      send(OVERDUE);
      clock.increment(GRACE);
      expect(status()).toBe('killing');
      expect(told).toEqual(['open', 'drain', 'kill (shutdown)']);
      send(gone());
      expect(status()).toBe('stopped');
    });

    it('ends with the thread that has no task left and does not end', () => {
      const { clock, told, status, errors, send } = worker(READY, STOP, EMPTY);
      clock.increment(GRACE - 1);
      expect(status()).toBe('draining.parting');
      clock.increment(1);
      expect(status()).toBe('killing');
      expect(told).toEqual(['open', 'drain', 'kill (shutdown)']);
      send(gone());
      expect(status()).toBe('stopped');
      expect(errors).toEqual([]);
    });

    it('does not forget a task that was overdue before', () => {
      const { clock, told, status } = worker(READY, OVERDUE, STOP);
      expect(status()).toBe('draining.overdue');
      clock.increment(GRACE);
      expect(status()).toBe('killing');
      expect(told).toEqual(['open', 'drain', 'kill (shutdown)']);
    });
  });

  describe('a thread', () => {
    it('that dies takes its worker with it, which says why', () => {
      const { status, errors } = worker(READY, gone());
      expect(status()).toBe('crashed');
      expect(errors).toEqual([expect.any(ExitError)]);
      expect((errors[0] as ExitError).reason).toBe(death);
    });

    it.each(MOMENTS)('that speaks nonsense is killed, %s', (_name, before) => {
      const { kills, status, errors, send } = worker(...before, BROKEN);
      expect(status()).toBe('broken');
      expect(kills).toEqual([{ kind: 'error', error: broken }]);
      send(gone());
      expect((errors[0] as ExitError).reason).toBe(death);
    });
  });

  it.each<[string, readonly WorkerEvent[]]>([
    ...MOMENTS,
    ['while it drains with a task overdue', [READY, STOP, OVERDUE]],
  ])('is killed when it is told to, %s, and that is no crash', (_name, before) => {
    const { told, status, errors, send } = worker(...before, KILL);
    expect(status()).toBe('killing');
    expect(told.at(-1)).toBe('kill (shutdown)');
    send(gone());
    expect(status()).toBe('stopped');
    expect(errors).toEqual([]);
  });

  it('decides as a naive one does, whatever comes and however long it takes', () => {
    const event = fc.constantFrom<WorkerEvent>(
      READY,
      OVERDUE,
      OVERDUE,
      YIELDED,
      EMPTY,
      STOP,
      KILL,
      BROKEN,
      gone(),
    );
    const step = fc.oneof(
      event,
      fc.constant<WorkerEvent>(READY),
      fc.constantFrom(1, 20, GRACE - 1, GRACE, HANDSHAKE),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const { told, errors, status, meet } = worker();
        const naive = new NaiveWorker();
        for (const next of steps) {
          meet(next);
          naive.meet(next);
          expect(status()).toBe(naive.status);
          expect(told).toEqual(naive.told);
          expect(errors).toHaveLength(Number(naive.status === 'crashed'));
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** The same decisions, put down one by one. */
class NaiveWorker {
  status = 'starting';
  readonly told = ['open'];
  #left = HANDSHAKE;

  meet(next: WorkerEvent | number): void {
    if (this.status === 'stopped' || this.status === 'crashed') return;
    if (typeof next === 'number') this.#wait(next);
    else this.#hear(next.type);
  }

  #wait(ms: number): void {
    this.#left -= ms;
    if (this.#left > 0) return;
    if (this.status === 'starting') this.#kill('unresponsive', 'handshake_failed');
    if (this.status === 'suspect') this.#kill('overstayed', 'killed');
    if (/^draining\.(overdue|parting)$/.test(this.status)) this.#kill('killing', 'shutdown');
  }

  #hear(type: WorkerEvent['type']): void {
    switch (type) {
      case 'KILL':
        this.#kill('killing', 'shutdown');
        break;
      case 'BROKEN':
        this.#kill('broken', 'error');
        break;
      case 'EXITED':
        this.status = /^(killing|draining)/.test(this.status) ? 'stopped' : 'crashed';
        break;
      default:
        this.#go(NEXT[`${this.status} ${type}`]);
    }
  }

  #go(next: string | undefined): void {
    if (next === undefined) return;
    const drains = next.startsWith('draining') && !this.status.startsWith('draining');
    if (drains) this.told.push('drain');
    this.status = next;
    this.#left = GRACE;
    if (next === 'killing') this.#kill('killing', 'shutdown');
  }

  #kill(status: string, reason: ExitReason['kind']): void {
    this.status = status;
    this.told.push(`kill (${reason})`);
  }
}

/** What is heard in a state leads to another; what is not listed changes nothing. */
const NEXT: Readonly<Record<string, string>> = {
  'starting READY': 'ready',
  'starting SHUTDOWN': 'killing',
  'ready OVERDUE': 'suspect',
  'ready SHUTDOWN': 'draining.orderly',
  'suspect YIELDED': 'ready',
  'suspect SHUTDOWN': 'draining.overdue',
  'draining.orderly OVERDUE': 'draining.overdue',
  'draining.orderly YIELDED': 'draining.orderly',
  'draining.orderly EMPTY': 'draining.parting',
  'draining.overdue EMPTY': 'draining.parting',
  'draining.parting EMPTY': 'draining.parting',
  'draining.parting OVERDUE': 'draining.overdue',
  'draining.parting YIELDED': 'draining.orderly',
  'draining.overdue OVERDUE': 'draining.overdue',
  'draining.overdue YIELDED': 'draining.orderly',
};
