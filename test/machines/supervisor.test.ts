import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import {
  type ChildEnded,
  type SupervisorEvent,
  type SupervisorPerformer,
  supervisorMachine,
} from '../../machines/supervisor.ts';
import {
  type AutoShutdown,
  ExitError,
  type ExitReason,
  NORMAL,
  type Restart,
  SHUTDOWN,
  TroupeError,
} from '../../src/model/index.ts';
import { bothWays } from './chart.ts';

const crash: ExitReason = { kind: 'error', error: new Error('crash') };
const startFailed = new TroupeError('StartFailed', 'a child did not start');

function exited(
  id: string,
  reason: ExitReason = crash,
  restart: Restart = 'permanent',
  more: Partial<ChildEnded> = {},
): ChildEnded {
  return {
    type: 'child.exited',
    id,
    reason,
    restart,
    significant: false,
    spends: 'intensity',
    isExhausted: false,
    ...more,
  };
}

describe.each(bothWays(supervisorMachine))('the chart of a supervisor, %s', (_, machine) => {
  function supervisor(limit = { intensity: 2, period: 100 }, autoShutdown: AutoShutdown = 'never') {
    let now = 0;
    const told: string[] = [];
    const performer: SupervisorPerformer = {
      startAll: () => told.push('start all'),
      stopAll: () => told.push('stop all'),
      restart: (id) => told.push(`restart ${id}`),
      forget: (id) => told.push(`forget ${id}`),
      quarantine: (id) => told.push(`quarantine ${id}`),
      now: () => now,
    };
    const errors: unknown[] = [];
    const actor = createActor(machine, { input: { performer, intensity: limit, autoShutdown } });
    actor.subscribe({ error: (error) => errors.push(error) });
    actor.start();
    // An action that throws leaves the value as it was before: the state it led to shows elsewhere.
    const status = () => {
      const { status: life, value } = actor.getSnapshot();
      return life === 'error' ? 'escalated' : String(value);
    };
    const wait = (ms: number) => {
      now += ms;
    };
    const send = (...events: readonly SupervisorEvent[]) => {
      for (const event of events) actor.send(event);
    };
    return { actor, told, errors, status, wait, send };
  }

  /** One that is running, with what it was told so far forgotten. */
  function running(limit?: { intensity: number; period: number }, autoShutdown?: AutoShutdown) {
    const parts = supervisor(limit, autoShutdown);
    parts.send({ type: 'STARTED' });
    parts.told.length = 0;
    return parts;
  }

  it('starts its children first of all', () => {
    const { told, status, send } = supervisor();
    expect(status()).toBe('starting');
    expect(told).toEqual(['start all']);
    send({ type: 'STARTED' });
    expect(status()).toBe('running');
  });

  it('stops those that have started, and gives up, when one does not start', () => {
    const { told, errors, status, send } = supervisor();
    send({ type: 'START_FAILED', error: startFailed });
    expect(status()).toBe('stopping');
    expect(told).toEqual(['start all', 'stop all']);
    expect(errors).toEqual([]);
    send({ type: 'STOPPED' });
    expect(errors).toEqual([
      expect.objectContaining({ reason: { kind: 'shutdown', error: startFailed } }),
    ]);
    expect(errors[0]).toBeInstanceOf(ExitError);
  });

  it('deals with those that end while others still start when all have started', () => {
    const { told, status, send } = supervisor();
    send(exited('a'), exited('b', NORMAL, 'transient'), exited('c', crash, 'temporary'));
    expect(status()).toBe('starting');
    expect(told).toEqual(['start all']);
    send({ type: 'STARTED' });
    expect(status()).toBe('running');
    expect(told).toEqual(['start all', 'restart a', 'forget b', 'forget c']);
  });

  it('can be stopped while it starts', () => {
    const { told, errors, status, send } = supervisor();
    send({ type: 'STOP' });
    expect(status()).toBe('stopping');
    send({ type: 'STARTED' });
    expect(status()).toBe('stopping');
    send({ type: 'STOPPED' });
    expect(status()).toBe('stopped');
    expect(told).toEqual(['start all', 'stop all']);
    expect(errors).toEqual([]);
  });

  it.each<[Restart, ExitReason, boolean]>([
    ['permanent', NORMAL, true],
    ['permanent', SHUTDOWN, true],
    ['permanent', crash, true],
    ['transient', NORMAL, false],
    ['transient', SHUTDOWN, false],
    ['transient', crash, true],
    ['transient', { kind: 'killed' }, true],
    ['temporary', NORMAL, false],
    ['temporary', crash, false],
  ])('of a %s child that ends for %o, restarts it: %s', (restart, reason, restarts) => {
    const { told, status, send } = running();
    send(exited('a', reason, restart));
    expect(told).toEqual([restarts ? 'restart a' : 'forget a']);
    expect(status()).toBe('running');
  });

  it('gives up when children end too often within the period', () => {
    const { told, errors, status, send } = running();
    send(exited('a'), exited('b'), exited('c', { kind: 'killed', error: crash.error }));
    expect(status()).toBe('stopping');
    expect(told).toEqual(['restart a', 'restart b', 'forget c', 'stop all']);
    send({ type: 'STOPPED' });
    expect(status()).toBe('escalated');
    expect(errors).toHaveLength(1);
    const { reason } = errors[0] as ExitError;
    expect(reason).toMatchObject({
      kind: 'shutdown',
      error: {
        code: 'RestartIntensityExceeded',
        message: 'c ended (killed) after 2 restarts within 100 ms',
        cause: crash.error,
        details: { child: 'c', reason: 'killed', intensity: 2, period: 100 },
      },
    });
  });

  it('bears as much again when the period has passed', () => {
    const { status, send, wait } = running();
    send(exited('a'), exited('a'));
    wait(100);
    send(exited('a'), exited('a'));
    expect(status()).toBe('running');
    wait(99);
    send(exited('a'));
    expect(status()).toBe('stopping');
  });

  it('does not count those that stay away', () => {
    const { status, send } = running();
    for (let i = 0; i < 10; i++) send(exited('a', crash, 'temporary'));
    send(exited('a'), exited('a'));
    expect(status()).toBe('running');
  });

  it('quarantines a child that has spent its own budget, whatever else', () => {
    const { told, status, send } = running({ intensity: 0, period: 100 });
    send(exited('a', crash, 'permanent', { spends: 'nothing' }));
    send(exited('a', crash, 'permanent', { spends: 'nothing', isExhausted: true }));
    expect(told).toEqual(['restart a', 'quarantine a']);
    expect(status()).toBe('running');
  });

  it('bears any number of restarts that spend nothing', () => {
    const { status, send } = running({ intensity: 1, period: 100 });
    for (let i = 0; i < 5; i++) send(exited('a', crash, 'permanent', { spends: 'nothing' }));
    send(exited('a'));
    expect(status()).toBe('running');
    send(exited('a'));
    expect(status()).toBe('stopping');
  });

  it.each<[AutoShutdown, ChildEnded['significant'], Restart, ExitReason, boolean]>([
    ['never', 'last', 'transient', NORMAL, false],
    ['any_significant', false, 'transient', NORMAL, false],
    ['any_significant', 'one', 'transient', NORMAL, true],
    ['any_significant', 'one', 'transient', crash, false],
    ['any_significant', 'one', 'temporary', crash, true],
    ['all_significant', 'one', 'transient', NORMAL, false],
    ['all_significant', 'last', 'transient', NORMAL, true],
    ['all_significant', 'last', 'transient', crash, false],
  ])('with auto-shutdown %s, %s significant %s child ending for %o ends it: %s', (...row) => {
    const [autoShutdown, significant, restart, reason, ends] = row;
    const { errors, status, send } = running(undefined, autoShutdown);
    send(exited('a', reason, restart, { significant }));
    expect(status()).toBe(ends ? 'stopping' : 'running');
    send({ type: 'STOPPED' });
    expect(status()).toBe(ends ? 'stopped' : 'running');
    expect(errors).toEqual([]);
  });

  it('goes by new limits from when it has them', () => {
    const { status, send } = running({ intensity: 5, period: 100 });
    send(exited('a'), exited('a'));
    send({
      type: 'RECONFIGURED',
      intensity: { intensity: 2, period: 100 },
      autoShutdown: 'never',
    });
    expect(status()).toBe('running');
    send(exited('a'));
    expect(status()).toBe('stopping');
  });

  it('restarts nobody once it stops', () => {
    const { actor, told, errors, status, send } = running();
    send({ type: 'STOP' }, exited('a'), { type: 'STOP' });
    send({ type: 'START_FAILED', error: startFailed });
    expect(told).toEqual(['stop all', 'forget a']);
    send({ type: 'STOPPED' });
    expect(status()).toBe('stopped');
    expect(actor.getSnapshot().status).toBe('done');
    expect(errors).toEqual([]);
  });

  it('restarts as often as a naive count of the last period allows, and no more', () => {
    const step = fc.record({
      wait: fc.integer({ min: 0, max: 60 }),
      restart: fc.constantFrom<Restart>('permanent', 'transient', 'temporary'),
      reason: fc.constantFrom(NORMAL, crash),
    });
    const limits = fc.record({
      intensity: fc.integer({ min: 0, max: 4 }),
      period: fc.integer({ min: 1, max: 120 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), limits, (steps, limit) => {
        const { told, status, send, wait } = running(limit);
        const naive = new NaiveSupervisor(limit);
        for (const { wait: ms, restart, reason } of steps) {
          wait(ms);
          send(exited('a', reason, restart));
          naive.meet(ms, restart, reason);
          expect(told).toEqual(naive.told);
          expect(status()).toBe(naive.stopping ? 'stopping' : 'running');
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** The same decisions, put down one by one. */
class NaiveSupervisor {
  readonly told: string[] = [];
  readonly #limit: { readonly intensity: number; readonly period: number };
  readonly #restarts: number[] = [];
  #now = 0;
  stopping = false;

  constructor(limit: { readonly intensity: number; readonly period: number }) {
    this.#limit = limit;
  }

  meet(ms: number, restart: Restart, reason: ExitReason): void {
    this.#now += ms;
    const wanted = restart === 'permanent' || (restart === 'transient' && reason === crash);
    if (wanted && !this.stopping) this.#restart();
    else this.told.push('forget a');
  }

  #restart(): void {
    const recent = this.#restarts.filter((at) => at > this.#now - this.#limit.period);
    this.#restarts.push(this.#now);
    this.stopping = recent.length >= this.#limit.intensity;
    if (this.stopping) this.told.push('forget a', 'stop all');
    else this.told.push('restart a');
  }
}
