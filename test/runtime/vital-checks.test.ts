import { describe, expect, it } from 'vitest';
import { type HealthOptions, readingsOf, resolveHealthOptions } from '../../src/model/index.ts';
import type { RestartBudget, Vitals } from '../../src/ports/index.ts';
import type { AppendFailure } from '../../src/runtime/journal-watch.ts';
import { type VitalSources, vitalChecks } from '../../src/runtime/vital-checks.ts';

const GIB = 2 ** 30;

/** Readings in the test's hand. */
function readings() {
  return {
    delay: 3.4,
    utilization: 0.5,
    memory: { rss: GIB / 2, limit: GIB },
    heap: { used: GIB / 4, limit: GIB },
  };
}

function vitalsOf(now: ReturnType<typeof readings>): Vitals {
  return {
    start: () => {},
    stop: () => {},
    eventLoopDelay: () => now.delay,
    eventLoopUtilization: () => now.utilization,
    memory: () => now.memory,
    heap: () => now.heap,
  };
}

/** What each check finds, by its name. */
function found(sources: VitalSources, options?: HealthOptions) {
  return lookAgain(sources, options)();
}

/** The same checks, as often as it is called. */
function lookAgain(sources: VitalSources, options: HealthOptions = {}) {
  const { signal } = new AbortController();
  const checks = vitalChecks(sources, resolveHealthOptions(options));
  return () =>
    Object.fromEntries(
      checks.map(({ name, check }) => {
        const all = readingsOf(check({ signal }));
        return [
          name,
          all.map(({ status, observedValue, observedUnit, componentId = '', output }) =>
            [status, componentId, observedValue, observedUnit, status === 'pass' ? '' : output]
              .filter((part) => part !== '' && part !== undefined)
              .join(' '),
          ),
        ];
      }),
    );
}

describe('the checks of the process', () => {
  it('measure the event loop, the memory and the heap', () => {
    expect(found({ vitals: vitalsOf(readings()) })).toEqual({
      'eventLoop:delay': ['pass 3 ms'],
      'eventLoop:utilization': ['pass 50 percent'],
      'memory:utilization': ['pass 50 percent'],
      'heap:utilization': ['pass 25 percent'],
    });
  });

  it('warn and fail at their thresholds', () => {
    const now = readings();
    const vitals = vitalsOf(now);
    Object.assign(now, {
      delay: 5_000,
      utilization: 1,
      memory: { rss: 0.96 * GIB, limit: GIB },
      heap: { used: 0.9 * GIB, limit: GIB },
    });
    expect(found({ vitals })).toEqual({
      'eventLoop:delay': ['fail 5000 ms the event loop was blocked for 5000 ms'],
      'eventLoop:utilization': ['warn 100 percent the event loop is hardly ever idle'],
      'memory:utilization': ['fail 96 percent 983 MiB of 1024 MiB'],
      'heap:utilization': ['warn 90 percent 922 MiB of 1024 MiB'],
    });
    const lenient = { eventLoopDelay: { warn: 6_000 }, memoryLimit: 2 * GIB } as const;
    expect(found({ vitals }, lenient)).toMatchObject({
      'eventLoop:delay': ['pass 5000 ms'],
      'memory:utilization': ['pass 48 percent'],
    });
  });

  it('take a blocked event loop for a reason to replace the process only when it goes on', () => {
    const checks = vitalChecks({ vitals: vitalsOf(readings()) }, resolveHealthOptions());
    expect(checks.filter(({ kind }) => kind === 'liveness')).toMatchObject([
      { name: 'eventLoop:delay', failureThreshold: 3 },
    ]);
  });
});

describe('the checks of the runtime', () => {
  it('look at what waits', () => {
    const queue = { longestWait: 29_999 };
    expect(found({ queue })).toEqual({ 'queue:age': ['pass 29999 ms'] });
    queue.longestWait = 30_000;
    expect(found({ queue })['queue:age']).toEqual(['warn 30000 ms a task has waited for 30000 ms']);
    expect(found({ queue }, { queueAge: { fail: 20_000 } })['queue:age']?.[0]).toMatch(/^fail/);
  });

  it('look at each worker for itself', () => {
    const silences = [
      { worker: 'worker-1', silence: 120 },
      { worker: 'worker-2', silence: 31_000 },
    ];
    expect(found({ workers: { silences, zombies: 0 } })['workers:heartbeat']).toEqual([
      'pass worker-1 120 ms',
      'warn worker-2 31000 ms its event loop has not turned for 31000 ms',
    ]);
    const none = found({ workers: { silences: [], zombies: 0 } });
    expect(none['workers:heartbeat']).toEqual(['pass']);
  });

  it('look for threads that were ended and live on, more than a moment', () => {
    const workers = { silences: [], zombies: 1 };
    const look = lookAgain({ workers });
    const statuses = [0, 1, 1, 3, 2, 0].map((zombies) => {
      workers.zombies = zombies;
      return look()['workers:zombies']?.[0];
    });
    expect(statuses).toEqual([
      'pass 0 threads',
      'pass 0 threads',
      'warn 1 threads threads that were ended and live on, inside a native call: 1',
      'warn 1 threads threads that were ended and live on, inside a native call: 1',
      'warn 2 threads threads that were ended and live on, inside a native call: 2',
      'pass 0 threads',
    ]);
    const strict = lookAgain({ workers: { silences: [], zombies: 4 } }, { zombies: { fail: 4 } });
    strict();
    expect(strict()['workers:zombies']?.[0]).toMatch(/^fail 4 threads/);
  });

  it('look at how the journal took the last append', () => {
    const journal = { failure: undefined as AppendFailure | undefined };
    const look = lookAgain({ journal });
    expect(look()).toEqual({ 'journal:append': ['pass'] });
    journal.failure = { error: new Error('disk full'), age: 29_999 };
    const output = 'the last append failed 29999 ms ago: disk full';
    expect(look()).toEqual({ 'journal:append': [`fail 29999 ms ${output}`] });
    journal.failure = { error: 'disk full', age: 30_000 };
    expect(look()['journal:append']?.[0]).toMatch(/^warn 30000 ms .*disk full$/);
  });

  it('look at how many restarts each supervisor still bears', () => {
    const budgets: RestartBudget[] = [
      { id: 'runtime', restartsLeft: 0, intensity: 0 },
      { id: 'pool', restartsLeft: 25, intensity: 100 },
      { id: 'user', restartsLeft: 2, intensity: 3 },
    ];
    const supervisors = () => budgets;
    expect(found({ supervisors })['supervisors:restartsLeft']).toEqual([
      'pass runtime 0 restarts',
      'warn pool 25 restarts 25 of 100 restarts are left before it gives up',
      'pass user 2 restarts',
    ]);
    const strict = found({ supervisors }, { restarts: { fail: 0.75 } });
    expect(strict['supervisors:restartsLeft']?.[1]).toMatch(/^fail pool/);
  });

  it('leave out what cannot be looked at', () => {
    expect(found({})).toEqual({});
  });
});
