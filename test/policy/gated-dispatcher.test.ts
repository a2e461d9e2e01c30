import { describe, expect, it } from 'vitest';
import { type ErrorCode, TroupeError, taskReference } from '../../src/model/index.ts';
import { GatedDispatcher } from '../../src/policy/index.ts';
import type { Dispatcher, Gate, Job } from '../../src/ports/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import { thrown } from '../support/thrown.ts';

const task = taskReference('steps', 'one');
const other = taskReference('steps', 'other');

function station() {
  const clock = new VirtualClock();
  const taken: Job[] = [];
  const cancelled: [Job, Error][] = [];
  const inner: Dispatcher = {
    dispatch: (job) => taken.push(job),
    cancel: (job, error) => cancelled.push([job, error]),
  };
  const settled: unknown[][] = [];
  const gate: Gate & { isOpen: boolean } = {
    id: 'gate',
    state: 'ajar',
    isOpen: true,
    admit() {
      return gate.isOpen
        ? { admitted: true, retryAfter: 0, settle: (...how: unknown[]) => settled.push(how) }
        : { admitted: false, retryAfter: 70 };
    },
  };
  const dispatcher = new GatedDispatcher(inner, clock);
  return { clock, taken, cancelled, settled, gate, dispatcher };
}

function jobOf(reference = task) {
  const told: unknown[][] = [];
  const job: Job = {
    task: reference,
    input: { n: 1 },
    priority: 7,
    executionId: 'e',
    ticket: undefined,
    timeout: 50,
    succeeded: (output) => told.push(['succeeded', output]),
    failed: (error) => told.push(['failed', error]),
    progressed: (value) => told.push(['progressed', value]),
  };
  return { job, told };
}

describe('the gated dispatcher', () => {
  it('hands jobs of tasks without a gate on as they are', () => {
    const { dispatcher, taken, cancelled, gate } = station();
    const { job } = jobOf();
    dispatcher.dispatch(job);
    dispatcher.attach(other, gate);
    dispatcher.dispatch(job);
    expect(taken).toEqual([job, job]);
    expect(taken[1]).toBe(job);
    const error = new Error('stop');
    dispatcher.cancel(job, error);
    expect(cancelled[0]?.[0]).toBe(job);
  });

  it('fails a job that the gate refuses, and hands nothing on', () => {
    const { dispatcher, taken, gate } = station();
    dispatcher.attach(task, gate);
    gate.isOpen = false;
    const { job, told } = jobOf();
    dispatcher.dispatch(job);
    expect(taken).toEqual([]);
    expect(told).toMatchObject([
      [
        'failed',
        {
          code: 'BreakerOpen',
          details: { task: 'steps.one', breaker: 'gate', state: 'ajar', retryAfter: 70 },
        },
      ],
    ]);
  });

  it('tells the gate how a job ended, and what it took, before the job itself', async () => {
    const { dispatcher, taken, gate, clock, settled } = station();
    dispatcher.attach(task, gate);
    const { job, told } = jobOf();
    const order: string[] = [];
    job.succeeded = () => order.push(`told after ${settled.length}`);
    dispatcher.dispatch(job);
    expect(taken[0]).toMatchObject({ task, input: job.input, priority: 7, timeout: 50 });
    expect(taken[0]?.executionId).toBe('e');
    taken[0]?.progressed(1);
    await clock.advance(30);
    taken[0]?.succeeded('out');
    expect(order).toEqual(['told after 1']);
    dispatcher.dispatch(job);
    await clock.advance(5);
    const error = new Error('no');
    taken[1]?.failed(error);
    expect(settled).toEqual([
      ['success', 'out', 30],
      ['failure', error, 5],
    ]);
    expect(told).toEqual([
      ['progressed', 1],
      ['failed', error],
    ]);
    expect(job.ticket).toBeUndefined();
  });

  it('tells the gate of a cancelled job as of one, whatever it ends with', () => {
    const { dispatcher, taken, gate, cancelled, settled } = station();
    dispatcher.attach(task, gate);
    const { job } = jobOf();
    dispatcher.dispatch(job);
    const error = new Error('stop');
    dispatcher.cancel(job, error);
    expect(cancelled).toEqual([[taken[0], error]]);
    taken[0]?.failed(new Error('anything'));
    expect(settled.map(([outcome]) => outcome)).toEqual(['cancelled']);
    // It is over: the next is for the dispatcher to ignore.
    dispatcher.cancel(job, error);
    expect(cancelled[1]?.[0]).toBe(job);
  });

  it.each<[ErrorCode, string]>([
    ['TaskNotFound', 'cancelled'],
    ['NotSerializable', 'cancelled'],
    ['PayloadTooLarge', 'cancelled'],
    ['PoolClosed', 'cancelled'],
    ['RuntimeClosed', 'cancelled'],
    ['TaskFailed', 'failure'],
    ['TaskTimeout', 'failure'],
    ['WorkerCrashed', 'failure'],
    ['WorkerHung', 'failure'],
    ['WorkerOutOfMemory', 'failure'],
  ])('takes %s for a %s', (code, outcome) => {
    const { dispatcher, taken, gate, settled } = station();
    dispatcher.attach(task, gate);
    dispatcher.dispatch(jobOf().job);
    taken[0]?.failed(new TroupeError(code, 'no'));
    expect(settled.map(([how]) => how)).toEqual([outcome]);
  });

  it('has one gate for a task, and lets go of one everywhere', () => {
    const { dispatcher, taken, gate } = station();
    dispatcher.attach(task, gate);
    dispatcher.attach(other, gate);
    const { details } = thrown(() => dispatcher.attach(task, { ...gate }), 'DuplicateId');
    expect(details).toEqual({ task: 'steps.one', breaker: 'gate' });
    dispatcher.detach({ ...gate });
    const { job } = jobOf(other);
    dispatcher.dispatch(job);
    expect(taken[0]).not.toBe(job);
    dispatcher.detach(gate);
    dispatcher.dispatch(job);
    expect(taken[1]).toBe(job);
  });
});
