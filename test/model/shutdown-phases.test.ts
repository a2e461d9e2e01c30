import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allowanceOf,
  resolveShutdownPhases,
  type ShutdownPhase,
  type ShutdownPhases,
  type ShutdownPlan,
} from '../../src/model/index.ts';
import { thrown } from '../support/thrown.ts';

const OWN = ['not_ready', 'draining', 'aborting', 'terminating', 'closing'];

const find = (plan: ShutdownPlan, name: string) =>
  plan.find((phase) => phase.name === name) as ShutdownPhase;

/** Phases of an embedder, at random among the runtime's own, without a cycle. */
const phases: fc.Arbitrary<ShutdownPhases> = fc
  .array(
    fc.record({
      after: fc.subarray([...OWN.slice(0, -1), 'p0', 'p1', 'p2', 'p3']),
      before: fc.subarray(OWN.slice(1)),
      timeout: fc.option(fc.integer({ min: 1, max: 20_000 }), { nil: undefined }),
      recover: fc.boolean(),
    }),
    { maxLength: 5 },
  )
  .map((drawn) => {
    const made: Record<string, { dependsOn: string[]; timeout?: number; recover?: boolean }> = {};
    drawn.forEach(({ after, before, timeout, recover }, i) => {
      const last = Math.max(-1, ...after.map((name) => OWN.indexOf(name)));
      made[`p${i}`] = {
        dependsOn: after.filter((name) => OWN.includes(name) || name < `p${i}`),
        ...(timeout !== undefined && { timeout }),
        recover,
      };
      // One alone can be put between two of the runtime's own; with others it might be a cycle.
      const next = before.find((name) => OWN.indexOf(name) > last);
      if (next !== undefined && drawn.length === 1) made[next] = { dependsOn: [`p${i}`] };
    });
    return made;
  });

/**
 * What becomes of a plan when each phase wants so much of its allowance.
 * @returns when each began, what it was allowed, and when it was over
 */
function play(plan: ShutdownPlan, deadline: number, wants: (index: number) => number) {
  const ends = new Map<string, number>();
  return plan.map((phase, index) => {
    const begin = Math.max(0, ...phase.dependsOn.map((name) => ends.get(name) as number));
    const allowed = allowanceOf(phase, deadline - begin);
    const end = begin + allowed * wants(index);
    ends.set(phase.name, end);
    return { phase, begin, allowed, end };
  });
}

describe('the phases of a shutdown', () => {
  it('are the runtime’s own, in their order, where there are no others', () => {
    const plan = resolveShutdownPhases();
    expect(plan.map(({ name }) => name)).toEqual(OWN);
    expect(plan.slice(1).map(({ dependsOn }) => dependsOn)).toEqual(
      OWN.slice(0, -1).map((name) => [name]),
    );
    expect(plan.map(({ recover, timeout }) => [recover, timeout])).toEqual(
      OWN.map(() => [true, Number.POSITIVE_INFINITY]),
    );
  });

  it('share 10 s out so that work gets most of it', () => {
    const parts = play(resolveShutdownPhases(), 10_000, (index) => (index === 0 ? 0 : 1));
    expect(parts.map(({ allowed }) => Math.round(allowed))).toEqual([
      909, 6_000, 2_000, 1_400, 600,
    ]);
  });

  it('take an embedder’s among them, each after those that it depends on', () => {
    const plan = resolveShutdownPhases({
      flush: { dependsOn: ['aborting'], timeout: 2_000 },
      terminating: { dependsOn: ['flush'] },
    });
    expect(plan.map(({ name }) => name)).toEqual([
      ...['not_ready', 'draining', 'aborting', 'flush', 'terminating', 'closing'],
    ]);
    expect(find(plan, 'terminating').dependsOn).toEqual(['aborting', 'flush']);
    expect(find(plan, 'flush')).toMatchObject({ timeout: 2_000, recover: true });
  });

  it('give a phase its own timeout at most, and all of it where there is time', () => {
    const plan = resolveShutdownPhases({ flush: { timeout: 100 }, draining: { timeout: 50 } });
    expect(allowanceOf(find(plan, 'flush'), 10_000)).toBe(100);
    expect(allowanceOf(find(plan, 'draining'), 10_000)).toBe(50);
    expect(allowanceOf(find(plan, 'flush'), 60)).toBe(60);
    expect(allowanceOf(find(plan, 'flush'), -5)).toBe(0);
  });

  it.each([
    ['long', 'short'],
    ['short', 'long'],
  ])('leave time for the longest way to the end: %s, %s', (...order) => {
    const ways = {
      long: { dependsOn: ['first'], timeout: 80_000 },
      short: { dependsOn: ['first'], timeout: 10_000 },
    };
    const given = Object.fromEntries(order.map((name) => [name, ways[name as keyof typeof ways]]));
    const plan = resolveShutdownPhases({ first: { timeout: 20_000 }, ...given });
    expect(allowanceOf(find(plan, 'first'), 10_000)).toBeCloseTo(2_000);
    expect(allowanceOf(find(plan, 'short'), 8_000)).toBe(8_000);
  });

  it('know what an embedder’s phase cannot do without, also by way of others', () => {
    const plan = resolveShutdownPhases({
      flush: { dependsOn: ['not_ready'], recover: false },
      aborting: { dependsOn: ['flush'] },
      forget: { dependsOn: ['closing'] },
      apart: {},
    });
    expect(find(plan, 'forget').essentials).toEqual(['flush']);
    expect(find(plan, 'apart').essentials).toEqual([]);
    for (const name of OWN) expect(find(plan, name).essentials).toEqual([]);
  });

  it('never exceed the deadline, whatever each takes of its time', () => {
    const share = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 10 });
    fc.assert(
      fc.property(phases, fc.integer({ min: 0, max: 60_000 }), share, (given, deadline, wants) => {
        const plan = resolveShutdownPhases(given);
        const parts = play(plan, deadline, (index) => wants[index] ?? 1);
        for (const { phase, allowed, end } of parts) {
          expect(end).toBeLessThanOrEqual(deadline + 1e-6);
          expect(allowed).toBeLessThanOrEqual(phase.timeout);
        }
      }),
    );
  });

  it('have the more time, the less the others take', () => {
    const share = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 10 });
    fc.assert(
      fc.property(phases, fc.integer({ min: 1, max: 60_000 }), share, (given, deadline, wants) => {
        const plan = resolveShutdownPhases(given);
        const worst = play(plan, deadline, () => 1);
        const better = play(plan, deadline, (index) => wants[index] ?? 1);
        plan.forEach((_, i) => {
          const [least, more] = [worst[i]?.allowed as number, better[i]?.allowed as number];
          expect(least).toBeGreaterThan(0);
          expect(more).toBeGreaterThanOrEqual(least - 1e-6);
        });
      }),
    );
  });

  it('give the last phase all that is left, unless it has a timeout', () => {
    fc.assert(
      fc.property(phases, fc.integer({ min: 1, max: 60_000 }), (given, left) => {
        const plan = resolveShutdownPhases(given);
        const depended = new Set(plan.flatMap(({ dependsOn }) => dependsOn));
        for (const phase of plan.filter(({ name }) => !depended.has(name))) {
          expect(allowanceOf(phase, left)).toBeCloseTo(Math.min(left, phase.timeout), 6);
        }
      }),
    );
  });

  it.each<[string, unknown, string]>([
    ['no object', 5, 'shutdownPhases'],
    ['an array', [], 'shutdownPhases'],
    ['a phase that is no object', { a: 1 }, 'shutdownPhases.a'],
    ['a name that cannot be a state', { '1st': {} }, 'shutdownPhases.1st'],
    ['a field that there is not', { a: { after: [] } }, 'shutdownPhases.a.after'],
    ['a field of every object', { a: { constructor: 1 } }, 'shutdownPhases.a.constructor'],
    ['a timeout of 0', { a: { timeout: 0 } }, 'shutdownPhases.a.timeout'],
    ['a timeout that is none', { a: { timeout: Number.NaN } }, 'shutdownPhases.a.timeout'],
    ['a timeout no timer can hold', { a: { timeout: 2 ** 31 } }, 'shutdownPhases.a.timeout'],
    ['a recover that is no boolean', { a: { recover: 'off' } }, 'shutdownPhases.a.recover'],
    ['dependencies that are no list', { a: { dependsOn: 'b' } }, 'shutdownPhases.a.dependsOn'],
    ['an unknown dependency', { a: { dependsOn: ['b'] } }, 'shutdownPhases.a.dependsOn'],
    [
      'a dependency without a name',
      { a: { dependsOn: [undefined] } },
      'shutdownPhases.a.dependsOn',
    ],
  ])('refuse %s, naming the field', (_, given, field) => {
    const error = thrown(() => resolveShutdownPhases(given as never), 'InvalidOption');
    expect(error.details.field).toBe(field);
  });

  it('refuse a circle, naming its phases', () => {
    const circle = { flush: { dependsOn: ['closing'] }, draining: { dependsOn: ['flush'] } };
    const error = thrown(() => resolveShutdownPhases(circle), 'CyclicDependency');
    const cycle = error.details.cycle as string[];
    expect(new Set(cycle)).toEqual(
      new Set(['flush', 'closing', 'terminating', 'aborting', 'draining']),
    );
    expect(cycle.at(0)).toBe(cycle.at(-1));
    expect(error.message).toContain('"flush" → "closing"');
    thrown(() => resolveShutdownPhases({ a: { dependsOn: ['a'] } }), 'CyclicDependency');
  });
});
