import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type AnyStateMachine, createActor } from 'xstate';
import { failWithChildren } from '../../src/statechart/failure.ts';
import { compile, spawnActor } from '../../src/statechart/index.ts';
import type { Diary } from './machine-actions.ts';
import { type Life, life, type MachineSpec, machineSpec } from './machine-arbitrary.ts';
import { build } from './machine-builder.ts';
import { type MakeChild, messageOf, observe } from './observe.ts';

/**
 * Compiled machines against stock ones, on machines and lives drawn at random. More cases:
 * TROUPE_DIFFERENTIAL_RUNS=1000000; a failure prints the seed to repeat it with. A machine that is slow
 * has drawn enough when its time is up, unless so many were asked for.
 */
const { TROUPE_DIFFERENTIAL_RUNS: ASKED } = process.env;
const RUNS = Number(ASKED ?? 20_000);
const BOUND = ASKED === undefined ? { interruptAfterTimeLimit: 200_000 } : {};
const SEED = Number(process.env.TROUPE_SEED ?? -2_005_710_209);

/** XState refuses some configurations when it is made; both must, and with the same words. */
function live(
  spec: MachineSpec,
  life: Life,
  finish: (machine: AnyStateMachine) => AnyStateMachine,
  makeChild?: MakeChild,
): Diary {
  const diary: Diary = [];
  // A compiled machine is made twice; what XState warns of as it is made, it says again.
  const warnings = new Set<string>();
  vi.mocked(console.warn).mockImplementation((warning) => {
    const text = `warned ${messageOf(warning)}`;
    if (!warnings.has(text)) diary.push(text);
    warnings.add(text);
  });
  try {
    return observe(build(spec, diary, finish), life, diary, makeChild);
  } catch (error) {
    return [...diary, `refused: ${messageOf(error)}`];
  }
}

// XState warns of odd machines, and odd machines are what this is about.
beforeAll(() => {
  vi.spyOn(console, 'warn');
});

describe('a compiled machine', () => {
  it(`cannot be told from a stock one in ${RUNS} random lives`, () => {
    fc.assert(
      fc.property(machineSpec, life, (spec, life) => {
        const stock = live(spec, life, (machine) => machine);
        expect(live(spec, life, compile)).toEqual(stock);
      }),
      { numRuns: RUNS, seed: SEED, ...BOUND },
    );
  }, 600_000);

  it('cannot be told from a stock one as a child either', () => {
    // But for one thing that is meant: a failing actor takes its children with it.
    const stockChild: MakeChild = (machine, options) =>
      Object.assign(createActor(machine, options as never), { _error: failWithChildren });
    const ownChild: MakeChild = spawnActor;
    fc.assert(
      fc.property(machineSpec, life, (spec, life) => {
        const stock = live(spec, life, (machine) => machine, stockChild);
        expect(live(spec, life, compile, ownChild)).toEqual(stock);
      }),
      { numRuns: Math.ceil(RUNS / 5), seed: SEED, ...BOUND },
    );
  }, 600_000);
});
