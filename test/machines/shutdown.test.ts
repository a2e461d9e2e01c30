import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import {
  type ShutdownPerformer,
  type ShutdownPhase,
  shutdownMachine,
} from '../../machines/shutdown.ts';
import { bothWays } from './chart.ts';

const PHASES: readonly ShutdownPhase[] = ['draining', 'aborting', 'terminating', 'closing'];

describe.each(bothWays(shutdownMachine))('the chart of a shutdown, %s', (_, machine) => {
  function shutdown(allowances: Partial<Record<ShutdownPhase, number>> = {}) {
    const clock = new SimulatedClock();
    const told: string[] = [];
    const performer: ShutdownPerformer = {
      closeIntake: () => told.push('close intake'),
      begin: (phase) => told.push(`begin ${phase}`),
      overran: (phase) => told.push(`overran ${phase}`),
      allowance: (phase) => allowances[phase] ?? 100,
      stopped: () => told.push('stopped'),
    };
    const actor = createActor(machine, { input: { performer }, clock }).start();
    const status = () => String(actor.getSnapshot().value);
    return { actor, clock, told, status };
  }

  it('does nothing until it is asked to', () => {
    const { clock, told, status } = shutdown();
    clock.increment(10_000);
    expect(status()).toBe('running');
    expect(told).toEqual([]);
  });

  it('closes the intake before it begins to drain', () => {
    const { actor, told, status } = shutdown();
    actor.send({ type: 'SHUTDOWN' });
    expect(status()).toBe('draining');
    expect(told).toEqual(['close intake', 'begin draining']);
  });

  it('goes through its phases, each as soon as the one before is done', () => {
    const { actor, told, status } = shutdown();
    actor.send({ type: 'SHUTDOWN' });
    for (const phase of PHASES) {
      expect(status()).toBe(phase);
      actor.send({ type: 'PHASE_DONE' });
    }
    expect(status()).toBe('stopped');
    expect(actor.getSnapshot().status).toBe('done');
    expect(told).toEqual(['close intake', ...PHASES.map((phase) => `begin ${phase}`), 'stopped']);
  });

  it('gives each phase the time that it is allowed, and says which one overran', () => {
    const { actor, clock, told, status } = shutdown({ draining: 50, aborting: 20 });
    actor.send({ type: 'SHUTDOWN' });
    clock.increment(49);
    expect(status()).toBe('draining');
    clock.increment(1);
    expect(status()).toBe('aborting');
    clock.increment(19);
    actor.send({ type: 'PHASE_DONE' });
    expect(status()).toBe('terminating');
    // The time of the phase before is over by now, and must not count for this one.
    clock.increment(1);
    expect(status()).toBe('terminating');
    expect(told).toEqual([
      'close intake',
      'begin draining',
      'overran draining',
      'begin aborting',
      'begin terminating',
    ]);
  });

  it('comes to its end also when every phase hangs', () => {
    const { actor, clock, told, status } = shutdown();
    actor.send({ type: 'SHUTDOWN' });
    for (const _phase of PHASES) clock.increment(100);
    expect(status()).toBe('stopped');
    expect(told.filter((line) => line.startsWith('overran'))).toEqual(
      PHASES.map((phase) => `overran ${phase}`),
    );
    expect(told.at(-1)).toBe('stopped');
  });

  it('passes over a phase that has no time left', () => {
    const { actor, clock, status } = shutdown({ draining: 0, aborting: 0, terminating: 5 });
    actor.send({ type: 'SHUTDOWN' });
    clock.increment(0);
    clock.increment(0);
    expect(status()).toBe('terminating');
  });

  it('runs once, however often it is asked to', () => {
    const { actor, told } = shutdown();
    actor.send({ type: 'SHUTDOWN' });
    actor.send({ type: 'SHUTDOWN' });
    actor.send({ type: 'PHASE_DONE' });
    actor.send({ type: 'SHUTDOWN' });
    expect(told).toEqual(['close intake', 'begin draining', 'begin aborting']);
  });

  it('ends within the sum of its allowances, and blames those that took all of theirs', () => {
    const allowance = fc.integer({ min: 1, max: 20 });
    const times = fc.tuple(allowance, allowance, allowance, allowance);
    fc.assert(
      fc.property(times, times, (allowed, needed) => {
        const { actor, clock, told, status } = shutdown(
          Object.fromEntries(PHASES.map((phase, i) => [phase, allowed[i]])),
        );
        actor.send({ type: 'SHUTDOWN' });
        PHASES.forEach((phase, i) => {
          const [most, wants] = [allowed[i] as number, needed[i] as number];
          expect(status()).toBe(phase);
          clock.increment(Math.min(most, wants));
          // Done at the very moment is too late: the phase is over.
          if (wants < most) actor.send({ type: 'PHASE_DONE' });
        });
        expect(status()).toBe('stopped');
        const overran = PHASES.filter(
          (_phase, i) => (needed[i] as number) >= (allowed[i] as number),
        );
        expect(told.filter((line) => line.startsWith('overran'))).toEqual(
          overran.map((phase) => `overran ${phase}`),
        );
      }),
    );
  });
});
