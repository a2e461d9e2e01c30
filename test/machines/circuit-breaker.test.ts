import { describe, expect, it } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import {
  type BreakerEvent,
  type BreakerInput,
  type BreakerPerformer,
  circuitBreakerMachine,
} from '../../machines/circuit-breaker.ts';
import { bothWays } from './chart.ts';

const TRIPPED = { type: 'TRIPPED' } as const;
const RECOVERED = { type: 'RECOVERED' } as const;
const PROBING = { type: 'PROBING' } as const;
const IDLE = { type: 'IDLE' } as const;
const ELAPSED = { type: 'ELAPSED' } as const;
const ISOLATE = { type: 'ISOLATE' } as const;
const RELEASE = { type: 'RELEASE' } as const;
const RESET = { type: 'RESET' } as const;
const DISABLE = { type: 'SWITCH', mode: 'disabled' } as const;
const ENABLE = { type: 'SWITCH', mode: 'enabled' } as const;
const WATCH = { type: 'SWITCH', mode: 'metrics_only' } as const;

const BREAK = 100;
const LIMIT = 30;

describe.each(bothWays(circuitBreakerMachine))('the chart of a breaker, %s', (_, machine) => {
  function breaker(given: Partial<BreakerInput> = {}) {
    const clock = new SimulatedClock();
    const told: string[] = [];
    const performer: BreakerPerformer & { until: number } = {
      until: 0,
      enter(state, breaks) {
        told.push(breaks > 0 ? `${state} ${breaks}` : state);
        if (state === 'open') performer.until = clock.now() + BREAK * breaks;
      },
      breakLeft: () => performer.until - clock.now(),
    };
    const input = {
      performer,
      halfOpenTimeout: LIMIT,
      mode: 'enabled',
      locks: 0,
      ...given,
    } as const;
    const actor = createActor(machine, { input, clock }).start();
    /** An event, or milliseconds. */
    const meet = (...all: readonly (BreakerEvent | number)[]) => {
      for (const next of all) {
        if (typeof next === 'number') clock.increment(next);
        else actor.send(next);
      }
    };
    const status = () => {
      const { value } = actor.getSnapshot();
      return typeof value === 'string' ? value : Object.keys(value)[0];
    };
    return { meet, status, told, performer };
  }

  it('is closed until it is tripped', () => {
    const { meet, status, told } = breaker();
    meet(10_000, RECOVERED, PROBING, IDLE, ELAPSED, RELEASE);
    expect(status()).toBe('closed');
    meet(TRIPPED);
    expect(status()).toBe('open');
    expect(told).toEqual(['closed', 'open 1']);
  });

  it('is half-open when the break is over, and not before', () => {
    const { meet, status } = breaker();
    meet(TRIPPED, BREAK - 1, RECOVERED, TRIPPED, ELAPSED);
    expect(status()).toBe('open');
    meet(1);
    expect(status()).toBe('half_open');
  });

  it('is half-open also when somebody notices it before the timer does', () => {
    const { meet, status, performer } = breaker();
    meet(TRIPPED, 10);
    performer.until = 10;
    meet(ELAPSED);
    expect(status()).toBe('half_open');
    // The timer of the break must not be taken for that of the probes.
    meet(BREAK);
    expect(status()).toBe('half_open');
  });

  it('waits out a break that grew after it began', () => {
    const { meet, status, performer, told } = breaker();
    meet(TRIPPED, 50);
    performer.until = 2 * BREAK;
    meet(BREAK - 50);
    expect(status()).toBe('open');
    meet(BREAK - 1);
    expect(status()).toBe('open');
    meet(1);
    expect(status()).toBe('half_open');
    expect(told).toEqual(['closed', 'open 1', 'half_open 1']);
  });

  it('counts its breaks until it is closed', () => {
    const { meet, told } = breaker();
    meet(TRIPPED, BREAK, TRIPPED, 2 * BREAK, TRIPPED, 3 * BREAK, RECOVERED, TRIPPED);
    expect(told).toEqual([
      ...['closed', 'open 1', 'half_open 1', 'open 2', 'half_open 2', 'open 3', 'half_open 3'],
      ...['closed', 'open 1'],
    ]);
  });

  it('stays half-open as long as nobody calls', () => {
    const { meet, status } = breaker();
    meet(TRIPPED, BREAK, 100 * LIMIT);
    expect(status()).toBe('half_open');
  });

  it('opens again when its probes say nothing in time', () => {
    const { meet, status, told } = breaker();
    meet(TRIPPED, BREAK, 500, PROBING, LIMIT - 1);
    expect(status()).toBe('half_open');
    meet(1);
    expect(status()).toBe('open');
    expect(told.at(-1)).toBe('open 2');
  });

  it('gives the next probes their own time', () => {
    const { meet, status } = breaker();
    meet(TRIPPED, BREAK, PROBING, LIMIT - 1, IDLE, 5, PROBING, LIMIT - 1);
    expect(status()).toBe('half_open');
    meet(1);
    expect(status()).toBe('open');
  });

  it.each([
    ['closed', []],
    ['open', [TRIPPED]],
    ['half-open', [TRIPPED, BREAK]],
    ['probing', [TRIPPED, BREAK, PROBING]],
    ['disabled', [DISABLE]],
    ['counting only', [WATCH]],
  ])('can be isolated while it is %s', (_name, before) => {
    const { meet, status } = breaker();
    meet(...before, ISOLATE, TRIPPED, RECOVERED, ELAPSED, 100 * BREAK);
    expect(status()).toBe('isolated');
  });

  it('is isolated until the last who wanted it is done, and closed then', () => {
    const { meet, status, told } = breaker();
    meet(TRIPPED, ISOLATE, ISOLATE, RELEASE);
    expect(status()).toBe('isolated');
    meet(ISOLATE, RELEASE, RESET);
    expect(status()).toBe('isolated');
    meet(RELEASE);
    expect(status()).toBe('closed');
    meet(TRIPPED);
    expect(told.at(-1)).toBe('open 1');
  });

  it('keeps for after the isolation what else was wanted', () => {
    const { meet, status } = breaker();
    meet(ISOLATE, DISABLE);
    expect(status()).toBe('isolated');
    meet(RELEASE);
    expect(status()).toBe('disabled');
    meet(ISOLATE, WATCH, RELEASE);
    expect(status()).toBe('metrics_only');
    meet(ISOLATE, ENABLE, RELEASE);
    expect(status()).toBe('closed');
  });

  it.each([
    ['disabled', DISABLE],
    ['metrics_only', WATCH],
  ])('never opens while it is %s', (name, command) => {
    const { meet, status, told } = breaker();
    meet(TRIPPED, command, TRIPPED, 100 * BREAK, RESET);
    expect(status()).toBe(name);
    meet(command);
    expect(told.slice(2)).toEqual([`${name} 1`, `${name} 1`]);
    meet(ENABLE);
    expect(status()).toBe('closed');
  });

  it('is not touched by a wish that it has already', () => {
    const { meet, status, told } = breaker();
    meet(TRIPPED, ENABLE, BREAK, ENABLE);
    expect(status()).toBe('half_open');
    expect(told).toHaveLength(3);
  });

  it.each([
    ['closed', []],
    ['open', [TRIPPED]],
    ['half-open', [TRIPPED, BREAK, PROBING]],
  ])('is closed anew by a reset while it is %s', (_name, before) => {
    const { meet, status, told } = breaker();
    meet(...before, RESET);
    expect(status()).toBe('closed');
    meet(100 * BREAK);
    expect(status()).toBe('closed');
    expect(told.length).toBeGreaterThan(1);
    expect(told.at(-1)).toBe('closed');
  });

  it('begins as it is told to', () => {
    expect(breaker({ mode: 'disabled' }).status()).toBe('disabled');
    expect(breaker({ mode: 'metrics_only' }).status()).toBe('metrics_only');
    const { meet, status } = breaker({ mode: 'disabled', locks: 2 });
    meet(RELEASE);
    expect(status()).toBe('isolated');
    meet(RELEASE);
    expect(status()).toBe('disabled');
  });
});
