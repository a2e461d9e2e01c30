import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import {
  type ExecutionEvent,
  type ExecutionPerformer,
  executionMachine,
  type Outcome,
} from '../../machines/execution.ts';
import { TroupeError } from '../../src/model/index.ts';
import { bothWays } from './chart.ts';

/** Performs nothing and keeps what it is told. */
class Performer implements ExecutionPerformer {
  finished = false;
  idle = false;
  readonly told: unknown[] = [];
  onAdvance: () => void = () => {};
  onAbort: () => void = () => {};

  advance(): void {
    this.told.push('advance');
    this.onAdvance();
  }

  abort(error: TroupeError): void {
    this.told.push(['abort', error.code]);
    this.onAbort();
  }

  conclude(outcome: Outcome): void {
    const { status } = outcome;
    this.told.push(status === 'completed' ? ['conclude', status] : ['conclude', outcome]);
  }
}

const failed: ExecutionEvent = {
  type: 'FAILED',
  error: new TroupeError('TaskFailed', 'a task failed'),
};
const cancel: ExecutionEvent = {
  type: 'CANCEL',
  error: new TroupeError('ExecutionCancelled', 'cancelled'),
  reason: 'why',
};
const deadline: ExecutionEvent = {
  type: 'DEADLINE',
  error: new TroupeError('ExecutionTimeout', 'late'),
};
const endings = [
  [failed, 'failed', { status: 'failed', error: failed.error }],
  [cancel, 'cancelled', { status: 'cancelled', error: cancel.error, reason: 'why' }],
  [deadline, 'timed_out', { status: 'timed_out', error: deadline.error }],
] as const;

describe.each(bothWays(executionMachine))('the chart of an execution, %s', (_, machine) => {
  function execution(...events: readonly ExecutionEvent[]) {
    const performer = new Performer();
    const actor = createActor(machine, { input: { performer } }).start();
    for (const event of events) actor.send(event);
    const status = () => String(actor.getSnapshot().value);
    return { performer, actor, status };
  }

  it('begins nothing before its acceptance is recorded', () => {
    const { performer, status } = execution();
    expect(status()).toBe('pending');
    expect(performer.told).toEqual([]);
  });

  it('begins what it can when it starts, and again with each outcome', () => {
    const { performer, actor, status } = execution({ type: 'START' });
    expect(status()).toBe('running');
    expect(performer.told).toEqual(['advance']);
    actor.send({ type: 'ADVANCED' });
    expect(performer.told).toEqual(['advance', 'advance']);
  });

  it('is completed with the outcome that leaves nothing to do', () => {
    const { performer, actor, status } = execution({ type: 'START' });
    performer.finished = true;
    actor.send({ type: 'ADVANCED' });
    expect(status()).toBe('completed');
    expect(performer.told).toEqual(['advance', ['conclude', 'completed']]);
    expect(actor.getSnapshot().status).toBe('done');
  });

  it('begins nothing while it is paused, and goes on when it resumes', () => {
    const { performer, actor, status } = execution({ type: 'START' }, { type: 'PAUSE' });
    expect(status()).toBe('paused');
    actor.send({ type: 'ADVANCED' });
    expect(performer.told).toEqual(['advance']);
    actor.send({ type: 'RESUME' });
    expect(status()).toBe('running');
    expect(performer.told).toEqual(['advance', 'advance']);
  });

  it('may be completed by what was under way when it was paused', () => {
    const { performer, actor, status } = execution({ type: 'START' }, { type: 'PAUSE' });
    performer.finished = true;
    actor.send({ type: 'ADVANCED' });
    expect(status()).toBe('completed');
  });

  describe.each(endings)('told %o', (event, status, outcome) => {
    it('stops what is under way, and ends once nothing is', () => {
      const { performer, actor, status: now } = execution({ type: 'START' }, event);
      expect(now()).toBe('cancelling');
      expect(performer.told).toEqual(['advance', ['abort', event.error.code]]);
      actor.send({ type: 'SETTLED' });
      expect(now()).toBe('cancelling');
      performer.idle = true;
      actor.send({ type: 'SETTLED' });
      expect(now()).toBe(status);
      expect(performer.told.at(-1)).toEqual(['conclude', outcome]);
      expect(actor.getSnapshot().status).toBe('done');
    });

    it.each<[string, readonly ExecutionEvent[]]>([
      ['before it started', []],
      ['while it runs', [{ type: 'START' }]],
      ['while it is paused', [{ type: 'START' }, { type: 'PAUSE' }]],
    ])('ends at once when nothing is under way, %s', (_name, before) => {
      const { performer, actor, status: now } = execution(...before);
      performer.onAbort = () => {
        performer.idle = true;
      };
      actor.send(event);
      expect(now()).toBe(status);
      expect(performer.told.slice(-2)).toEqual([
        ['abort', event.error.code],
        ['conclude', outcome],
      ]);
    });

    it('keeps to the first reason to end', () => {
      const { performer, actor, status: now } = execution({ type: 'START' }, event);
      for (const [other] of endings) actor.send(other);
      performer.idle = true;
      actor.send({ type: 'SETTLED' });
      expect(now()).toBe(status);
      expect(performer.told).toEqual([
        'advance',
        ['abort', event.error.code],
        ['conclude', outcome],
      ]);
    });
  });

  it('hears what its performer says while it performs, only afterwards', () => {
    const { performer, actor, status } = execution();
    performer.onAdvance = () => {
      actor.send(failed);
      performer.told.push('still advancing');
    };
    actor.send({ type: 'START' });
    expect(performer.told).toEqual(['advance', 'still advancing', ['abort', 'TaskFailed']]);
    expect(status()).toBe('cancelling');
  });

  it('decides as a naive one does, whatever comes', () => {
    const event = fc.constantFrom<ExecutionEvent>(
      { type: 'START' },
      { type: 'ADVANCED' },
      { type: 'SETTLED' },
      { type: 'PAUSE' },
      { type: 'RESUME' },
      failed,
      cancel,
      deadline,
    );
    // The two that matter come often, so that many sequences get far.
    const likely = fc.constantFrom<ExecutionEvent>({ type: 'START' }, { type: 'ADVANCED' });
    const rarely = fc.integer({ min: 0, max: 9 }).map((n) => n === 0);
    const step = fc.record({
      event: fc.oneof(event, likely),
      finished: rarely,
      idle: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const { performer, actor, status } = execution();
        const naive = new NaiveExecution();
        for (const { event: next, finished, idle } of steps) {
          Object.assign(performer, { finished, idle });
          if (actor.getSnapshot().status === 'active') actor.send(next);
          naive.send(next, finished, idle);
          expect(status()).toBe(naive.status);
          expect(performer.told).toEqual(naive.told);
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** The same decisions, put down one by one. */
class NaiveExecution {
  status = 'pending';
  readonly told: unknown[] = [];
  #ending: Outcome | undefined;

  send(event: ExecutionEvent, finished: boolean, idle: boolean): void {
    if (['completed', 'failed', 'cancelled', 'timed_out'].includes(this.status)) return;
    if (this.status !== 'cancelling') this.#decide(event, finished);
    if (this.#ending !== undefined && idle) this.#conclude(this.#ending);
  }

  #decide(event: ExecutionEvent, finished: boolean): void {
    const outcome = endings.find(([ending]) => ending === event)?.[2];
    if (outcome !== undefined) this.#windDown(outcome);
    else this.#follow(event, finished);
  }

  #follow(event: ExecutionEvent, finished: boolean): void {
    switch (`${this.status} ${event.type}`) {
      case 'pending START':
      case 'paused RESUME':
        this.status = 'running';
        this.told.push('advance');
        break;
      case 'running PAUSE':
        this.status = 'paused';
        break;
      case 'running ADVANCED':
        if (!finished) this.told.push('advance');
        else this.#conclude({ status: 'completed', output: undefined });
        break;
      case 'paused ADVANCED':
        if (finished) this.#conclude({ status: 'completed', output: undefined });
        break;
      default:
    }
  }

  #windDown(outcome: (typeof endings)[number][2]): void {
    this.#ending = outcome;
    this.status = 'cancelling';
    this.told.push(['abort', outcome.error.code]);
  }

  #conclude(outcome: Outcome): void {
    this.status = outcome.status;
    this.told.push(['conclude', outcome.status === 'completed' ? outcome.status : outcome]);
  }
}
