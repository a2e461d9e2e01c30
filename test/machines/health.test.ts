import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { type HealthEvent, healthMachine } from '../../machines/health.ts';
import { HEALTH_STATUSES, type HealthStatus, worstOf } from '../../src/model/index.ts';
import { bothWays } from './chart.ts';

const STATES = { pass: 'healthy', warn: 'degraded', fail: 'unhealthy' } as const;

const reported = (name: string, status: HealthStatus): HealthEvent => ({
  type: 'CHECK_REPORTED',
  name,
  status,
});
const added = (name: string): HealthEvent => ({ type: 'CHECK_ADDED', name });
const removed = (name: string): HealthEvent => ({ type: 'CHECK_REMOVED', name });
const STARTED: HealthEvent = { type: 'STARTED' };

describe.each(bothWays(healthMachine))('the chart of the health, %s', (_, machine) => {
  function health({ started = false, checks = [] as string[] } = {}) {
    const told: string[] = [];
    const performer = {
      changed: (state: string, troubled: readonly string[]) =>
        void told.push([state, ...troubled].join(' ')),
    };
    const actor = createActor(machine, { input: { performer, started, checks } }).start();
    const state = () => String(actor.getSnapshot().value);
    return { send: (event: HealthEvent) => actor.send(event), told, state };
  }

  it('starts until the runtime is up', () => {
    const { send, told, state } = health();
    send(added('a'));
    send(reported('a', 'pass'));
    expect(state()).toBe('starting');
    send(STARTED);
    expect(state()).toBe('healthy');
    expect(told).toEqual(['healthy']);
  });

  it('starts until each check has found something', () => {
    const { send, told, state } = health({ checks: ['a', 'b'] });
    send(STARTED);
    send(reported('a', 'pass'));
    expect(state()).toBe('starting');
    send(reported('b', 'warn'));
    expect(state()).toBe('degraded');
    expect(told).toEqual(['degraded b']);
  });

  it('does not wait for a check that is taken away', () => {
    const { send, state } = health({ checks: ['a', 'b'] });
    send(STARTED);
    send(reported('a', 'pass'));
    send(removed('b'));
    expect(state()).toBe('healthy');
  });

  it('waits for its checks again after a restart', () => {
    const { send, state } = health({ started: true, checks: ['a'] });
    expect(state()).toBe('starting');
    send(reported('a', 'fail'));
    expect(state()).toBe('unhealthy');
    expect(health({ started: true }).state()).toBe('healthy');
  });

  it('is as good as its worst check, and tells only of changes', () => {
    const { send, told, state } = health({ started: true });
    send(added('a'));
    send(added('b'));
    expect(state()).toBe('healthy');
    for (const status of [
      'pass',
      'warn',
      'warn',
      'fail',
      'warn',
      'pass',
      'fail',
      'pass',
    ] as const) {
      send(reported('a', status));
      send(reported('b', 'pass'));
    }
    expect(told).toEqual([
      'healthy',
      'degraded a',
      'unhealthy a',
      'degraded a',
      'healthy',
      'unhealthy a',
      'healthy',
    ]);
  });

  it('does not start again for a check that joins late', () => {
    const { send, state, told } = health({ started: true });
    send(added('late'));
    expect(state()).toBe('healthy');
    send(reported('late', 'fail'));
    expect(state()).toBe('unhealthy');
    send(removed('late'));
    expect(state()).toBe('healthy');
    expect(told).toEqual(['healthy', 'unhealthy late', 'healthy']);
  });

  it('stands where the worst report is, after any reports', () => {
    const event = fc.oneof(
      fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom(...HEALTH_STATUSES)),
      fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constant('removed' as const)),
    );
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const { send, state, told } = health({ started: true });
        const known = new Map<string, HealthStatus>();
        for (const [name, what] of events) {
          if (what === 'removed') {
            known.delete(name);
            send(removed(name));
          } else {
            known.set(name, what);
            send(reported(name, what));
          }
          expect(state()).toBe(STATES[worstOf(known.values())]);
          expect(told.at(-1)?.split(' ')[0]).toBe(state());
        }
        // No state is told of twice in a row.
        const states = told.map((line) => line.split(' ')[0]);
        expect(states.some((one, i) => one === states[i - 1])).toBe(false);
      }),
    );
  });
});
