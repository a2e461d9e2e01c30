import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import { createShutdownMachine, type ShutdownPerformer } from '../../machines/shutdown.ts';
import { resolveShutdownPhases, type ShutdownPhases } from '../../src/model/index.ts';
import { compile } from '../../src/statechart/index.ts';

const OWN = ['not_ready', 'draining', 'aborting', 'terminating', 'closing'];

type Machine = ReturnType<typeof createShutdownMachine>;

describe.each<[string, (machine: Machine) => Machine]>([
  ['as XState runs it', (machine) => machine],
  ['compiled', compile],
])('the chart of a shutdown, %s', (_, make) => {
  function shutdown(allowances: Record<string, number> = {}, phases: ShutdownPhases = {}) {
    const clock = new SimulatedClock();
    const told: string[] = [];
    const allowed = { ...allowances };
    const performer: ShutdownPerformer = {
      begin: (phase) => told.push(`begin ${phase}`),
      overran: (phase) => told.push(`overran ${phase}`),
      skipped: (phase) => told.push(`skipped ${phase}`),
      allowance: (phase) => allowed[phase] ?? 100,
      stopped: () => told.push('stopped'),
    };
    const machine = make(createShutdownMachine(resolveShutdownPhases(phases)));
    const actor = createActor(machine, { input: { performer }, clock }).start();
    const value = () => actor.getSnapshot().value;
    const active = () => {
      const regions = Object.entries((value() as { stopping?: object }).stopping ?? {});
      return regions.flatMap(([name, state]) => (typeof state === 'object' ? [name] : []));
    };
    const begin = () => actor.send({ type: 'SHUTDOWN' });
    const done = (phase: string) => actor.send({ type: 'PHASE_DONE', phase });
    const fail = (phase: string) => actor.send({ type: 'PHASE_FAILED', phase });
    const hurry = () => actor.send({ type: 'HURRY' });
    return { actor, clock, told, allowed, value, active, begin, done, fail, hurry };
  }

  it('does nothing until it is asked to', () => {
    const { clock, told, value } = shutdown();
    clock.increment(10_000);
    expect(value()).toBe('running');
    expect(told).toEqual([]);
  });

  it('goes through its phases, each as soon as the one before is done', () => {
    const { actor, told, value, active, begin, done } = shutdown();
    begin();
    for (const phase of OWN) {
      expect(active()).toEqual([phase]);
      done(phase);
    }
    expect(value()).toBe('stopped');
    expect(actor.getSnapshot().status).toBe('done');
    expect(told).toEqual([...OWN.map((phase) => `begin ${phase}`), 'stopped']);
  });

  it('gives each phase the time that it is allowed, and says which one overran', () => {
    const { clock, told, active, begin, done } = shutdown({ draining: 50, aborting: 20 });
    begin();
    done('not_ready');
    clock.increment(49);
    expect(active()).toEqual(['draining']);
    clock.increment(1);
    expect(active()).toEqual(['aborting']);
    clock.increment(19);
    done('aborting');
    expect(active()).toEqual(['terminating']);
    // The time of the phase before is over by now, and must not count for this one.
    clock.increment(1);
    expect(active()).toEqual(['terminating']);
    expect(told.filter((line) => line.startsWith('overran'))).toEqual(['overran draining']);
  });

  it('comes to its end also when every phase hangs', () => {
    const { clock, told, value, begin } = shutdown();
    begin();
    for (const _phase of OWN) clock.increment(100);
    expect(value()).toBe('stopped');
    expect(told.filter((line) => line.startsWith('overran'))).toEqual(
      OWN.map((phase) => `overran ${phase}`),
    );
    expect(told.at(-1)).toBe('stopped');
  });

  it('passes over a phase that has no time left', () => {
    const { clock, active, begin, done } = shutdown({ draining: 0, aborting: 0 });
    begin();
    done('not_ready');
    clock.increment(0);
    clock.increment(0);
    expect(active()).toEqual(['terminating']);
  });

  it('runs once, however often it is asked to', () => {
    const { told, begin, done } = shutdown();
    begin();
    begin();
    done('not_ready');
    begin();
    expect(told).toEqual(['begin not_ready', 'begin draining']);
  });

  it('is not moved by a phase that is over, or not yet begun', () => {
    const { active, begin, done, fail } = shutdown();
    begin();
    done('not_ready');
    done('not_ready');
    fail('not_ready');
    done('closing');
    expect(active()).toEqual(['draining']);
  });

  it('asks anew for the time that a phase has, when it is to hurry', () => {
    const { clock, told, allowed, active, begin, done, hurry } = shutdown({ draining: 1_000 });
    begin();
    done('not_ready');
    clock.increment(500);
    allowed.draining = 10;
    hurry();
    expect(told).toEqual(['begin not_ready', 'begin draining']);
    clock.increment(9);
    expect(active()).toEqual(['draining']);
    clock.increment(1);
    expect(active()).toEqual(['aborting']);
  });

  it('runs phases that do not depend on one another side by side, and joins them', () => {
    const { told, active, begin, done } = shutdown(
      {},
      {
        left: { dependsOn: ['not_ready'] },
        right: { dependsOn: ['not_ready'] },
        join: { dependsOn: ['left', 'right'] },
        aborting: { dependsOn: ['join'] },
      },
    );
    begin();
    done('not_ready');
    expect(active().sort()).toEqual(['draining', 'left', 'right']);
    done('draining');
    done('right');
    expect(active()).toEqual(['left']);
    done('left');
    expect(active()).toEqual(['join']);
    done('join');
    expect(active()).toEqual(['aborting']);
    expect(told.at(-1)).toBe('begin aborting');
  });

  it.each(['fails', 'overruns'])(
    'skips the phases of an embedder after one that %s and does not recover',
    (how) => {
      const { clock, told, value, begin, done, fail } = shutdown(
        { flush: 10 },
        {
          flush: { dependsOn: ['not_ready'], recover: false },
          forget: { dependsOn: ['flush'] },
          boast: { dependsOn: ['forget'] },
          draining: { dependsOn: ['flush'] },
          late: { dependsOn: ['terminating'] },
          other: { dependsOn: ['not_ready'] },
        },
      );
      begin();
      done('not_ready');
      if (how === 'fails') fail('flush');
      else clock.increment(10);
      for (const phase of ['other', ...OWN.slice(1)]) done(phase);
      expect(value()).toBe('stopped');
      expect(told.filter((line) => line.startsWith('skipped')).sort()).toEqual([
        'skipped boast',
        'skipped forget',
        'skipped late',
      ]);
      for (const phase of OWN) expect(told).toContain(`begin ${phase}`);
      expect(told.filter((line) => /begin (forget|boast|late)/.test(line))).toEqual([]);
    },
  );

  it('goes on after a phase that fails, where nothing is said', () => {
    const { told, value, begin, done, fail } = shutdown({}, { mine: { dependsOn: ['draining'] } });
    begin();
    for (const phase of ['not_ready', 'draining', 'aborting']) fail(phase);
    done('mine');
    for (const phase of ['terminating', 'closing']) fail(phase);
    expect(value()).toBe('stopped');
    expect(told).toContain('begin mine');
  });

  it('ends within the sum of its allowances, and blames those that took all of theirs', () => {
    const times = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(times, times, (allowed, needed) => {
        const { clock, told, value, active, begin, done } = shutdown(
          Object.fromEntries(OWN.map((phase, i) => [phase, allowed[i] as number])),
        );
        begin();
        OWN.forEach((phase, i) => {
          const [most, wants] = [allowed[i] as number, needed[i] as number];
          expect(active()).toEqual([phase]);
          clock.increment(Math.min(most, wants));
          // Done at the very moment is too late: the phase is over.
          if (wants < most) done(phase);
        });
        expect(value()).toBe('stopped');
        const late = OWN.filter((_phase, i) => (needed[i] as number) >= (allowed[i] as number));
        expect(told.filter((line) => line.startsWith('overran'))).toEqual(
          late.map((phase) => `overran ${phase}`),
        );
      }),
    );
  });
});
