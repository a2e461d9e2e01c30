import { describe, expect, it } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import { type HealthCheckPerformer, healthCheckMachine } from '../../machines/health-check.ts';
import { type HealthCheck, type HealthReading, resolveHealthCheck } from '../../src/model/index.ts';
import { bothWays } from './chart.ts';

const PASS: HealthReading = { status: 'pass' };
const FAIL: HealthReading = { status: 'fail', output: 'down' };

describe.each(bothWays(healthCheckMachine))('the chart of a health check, %s', (_, machine) => {
  function check(options: Partial<HealthCheck> = {}) {
    const clock = new SimulatedClock();
    const told: string[] = [];
    /** Time that passes while the event loop is blocked: no timer sees it. */
    let blocked = 0;
    const performer: HealthCheckPerformer = {
      run: () => told.push('run'),
      abort: () => told.push('abort'),
      report: ({ status }) => told.push(status),
      now: () => clock.now() + blocked,
    };
    const resolved = resolveHealthCheck({
      name: 'a',
      kind: 'readiness',
      period: 100,
      timeout: 30,
      check: () => {},
      ...options,
    });
    const actor = createActor(machine, { input: { performer, check: resolved }, clock }).start();
    const settle = (...readings: HealthReading[]) => actor.send({ type: 'SETTLED', readings });
    const state = () => String(actor.getSnapshot().value);
    const block = (ms: number) => {
      blocked += ms;
    };
    return { actor, clock, told, settle, state, block };
  }

  it('runs at once, then a period after each end', () => {
    const { clock, told, settle, state } = check();
    expect(told).toEqual(['run']);
    clock.increment(20);
    settle(PASS);
    expect(state()).toBe('waiting');
    clock.increment(99);
    expect(told).toEqual(['run', 'pass']);
    clock.increment(1);
    expect(told).toEqual(['run', 'pass', 'run']);
  });

  it('keeps the last result, and when it was found', () => {
    const { actor, clock, settle } = check();
    expect(actor.getSnapshot().context.result).toBeUndefined();
    clock.increment(7);
    settle(PASS, FAIL);
    clock.increment(110);
    const { result, standing } = actor.getSnapshot().context;
    expect(result).toEqual({ readings: [PASS, FAIL], at: 7 });
    expect(standing.status).toBe('fail');
  });

  it('fails when it takes too long, and is not run again before it is over', () => {
    const { actor, clock, told, settle, state } = check();
    clock.increment(30);
    expect(told).toEqual(['run', 'abort', 'fail']);
    expect(state()).toBe('overdue');
    const { result } = actor.getSnapshot().context;
    expect(result?.readings[0]?.output).toBe('no answer for 30 ms; its timeout is 30 ms');
    clock.increment(100);
    expect(told).toEqual(['run', 'abort', 'fail', 'fail']);
    expect(actor.getSnapshot().context.result?.readings[0]?.output).toContain('130 ms');
    // Too late to count.
    settle(PASS);
    expect(told).toHaveLength(4);
    clock.increment(100);
    expect(told.slice(4)).toEqual(['run']);
    settle(PASS);
    expect(told.slice(4)).toEqual(['run', 'pass']);
  });

  it('gives a run back the time for which the event loop was blocked, once', () => {
    const { clock, told, settle, state, block } = check();
    block(5_000);
    clock.increment(30);
    expect(state()).toBe('extended');
    expect(told).toEqual(['run']);
    settle(PASS);
    expect(told).toEqual(['run', 'pass']);

    clock.increment(100);
    block(5_000);
    clock.increment(30);
    clock.increment(4_999);
    expect(state()).toBe('extended');
    clock.increment(1);
    expect(told.slice(2)).toEqual(['run', 'abort', 'fail']);
  });

  it('warns of failures before it is sure of them', () => {
    const { clock, told, settle } = check({ kind: 'liveness', failureThreshold: 2 });
    settle(FAIL);
    clock.increment(100);
    settle(FAIL);
    clock.increment(100);
    settle(PASS);
    expect(told).toEqual(['run', 'warn', 'run', 'fail', 'run', 'pass']);
  });

  it('for the startup says nothing until it succeeds, and is over then', () => {
    const { clock, told, settle, state } = check({ kind: 'startup' });
    settle(FAIL);
    clock.increment(100);
    settle({ status: 'warn' });
    expect(state()).toBe('over');
    clock.increment(10_000);
    expect(told).toEqual(['run', 'run', 'warn']);
  });

  it('for the startup goes on after a run that took too long', () => {
    const { clock, told, settle, state } = check({ kind: 'startup' });
    clock.increment(30);
    settle(PASS);
    clock.increment(100);
    settle(PASS);
    expect(told).toEqual(['run', 'abort', 'run', 'pass']);
    expect(state()).toBe('over');
  });
});
