/**
 * The measuring loop of `savina`, the same for every contestant: a round of a benchmark is repeated
 * by the clock, and tells when its last message has been handled.
 */

import { perSecond, type RepeatWindow, repeat } from './repeat.ts';

export interface SavinaParameters extends RepeatWindow {
  readonly benchmark: keyof SavinaBenchmarks;
  /** Actors that take part, where it is not their number that makes the benchmark. */
  readonly actors: number;
  /** Pings, increments, hops or actors; of `big`, the pings of each actor. */
  readonly size: number;
}

/** What one round has to do; resolves when it is done, with what was counted on the way. */
export type Round = () => Promise<number>;

/** A contestant's benchmarks; each makes what it needs once and then plays rounds with it. */
export interface SavinaBenchmarks {
  pingPong(parameters: SavinaParameters): Round;
  counting(parameters: SavinaParameters): Round;
  threadRing(parameters: SavinaParameters): Round;
  forkJoinCreate(parameters: SavinaParameters): Round;
  big(parameters: SavinaParameters): Round;
}

/** Operations per second; what each round has counted is checked. */
export async function measureSavina(
  benchmarks: SavinaBenchmarks,
  parameters: SavinaParameters,
): Promise<number> {
  const play = benchmarks[parameters.benchmark](parameters);
  const expected = operationsOf(parameters);
  const repeated = await repeat(async () => {
    const counted = await play();
    if (counted !== expected) throw new Error(`counted ${counted}, expected ${expected}`);
    return expected;
  }, parameters);
  return perSecond(repeated);
}

/** Messages of a round; of `fork-join create`, actors. */
function operationsOf({ benchmark, actors, size }: SavinaParameters): number {
  switch (benchmark) {
    case 'pingPong':
      return 2 * size;
    case 'big':
      return 2 * size * actors;
    default:
      return size;
  }
}

/** The work of `fork-join create`: nothing that an optimiser can leave out. */
export function compute(theta: number): number {
  const sine = Math.sin(theta);
  const result = sine * sine;
  if (result < 0) throw new Error(`${result} is below 0`);
  return result;
}

/** A small generator of its own for each actor, as in the original. */
export function nextRandom(state: number): number {
  return (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
}
