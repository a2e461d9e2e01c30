import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostKind, hasStarted, nextJobNumber, WorkerKind } from '../../src/ipc/index.ts';

/** Numbers there are: 32 bits, without the 0. */
const NUMBERS = 2 ** 32 - 1;
const MIDDLE = 2 ** 31 - 1;
/** Further apart than this, before and after cannot be told. */
const HORIZON = 2 ** 31 - 2;

/** A job's place on the circle of all numbers, from 0. */
const placeOf = (job: number) => (job > 0 ? job - 1 : job + NUMBERS);
const jobAt = (place: number) => (place < MIDDLE ? place + 1 : place - NUMBERS);
const jobAfter = (job: number, steps: number) => jobAt((placeOf(job) + steps) % NUMBERS);

const place = fc.oneof(
  fc.integer({ min: 0, max: NUMBERS - 1 }),
  // Where the count turns negative, and where it turns round.
  fc.integer({ min: MIDDLE - 600, max: MIDDLE + 600 }),
  fc.integer({ min: NUMBERS - 600, max: NUMBERS - 1 }),
  fc.nat(600),
);
const job = place.map(jobAt);
const steps = fc.oneof(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: HORIZON }));

describe('nextJobNumber', () => {
  it('goes round and round through all numbers of 32 bits but 0', () => {
    fc.assert(
      fc.property(job, (number) => {
        const next = nextJobNumber(number);
        expect(next).toBe(jobAfter(number, 1));
        expect(next).not.toBe(0);
        expect(new Int32Array([next])[0]).toBe(next);
      }),
    );
  });

  it.each([
    [0, 1],
    [1, 2],
    [2 ** 31 - 1, -(2 ** 31)],
    [-(2 ** 31), -(2 ** 31) + 1],
    [-1, 1],
  ])('after %i comes %i', (number, next) => {
    expect(nextJobNumber(number)).toBe(next);
  });
});

describe('hasStarted', () => {
  it('is true for the job started last and for those before it', () => {
    fc.assert(
      fc.property(job, steps, (number, ahead) => {
        expect(hasStarted(number, number)).toBe(true);
        expect(hasStarted(number, jobAfter(number, ahead))).toBe(true);
      }),
    );
  });

  it('is false for the jobs after the one started last', () => {
    fc.assert(
      fc.property(job, steps, (number, ahead) => {
        expect(hasStarted(jobAfter(number, ahead), number)).toBe(false);
      }),
    );
  });

  it('is false for all when none was started', () => {
    fc.assert(
      fc.property(job, (number) => {
        expect(hasStarted(number, 0)).toBe(false);
      }),
    );
  });

  it('tells the started from the prefetched wherever the count stands', () => {
    fc.assert(
      fc.property(job, fc.nat(50), fc.nat(50), (first, started, waiting) => {
        const jobs = [first];
        while (jobs.length < 1 + started + waiting) jobs.push(nextJobNumber(jobs.at(-1) as number));
        const last = jobs[started] as number;
        expect(jobs.filter((number) => hasStarted(number, last))).toEqual(
          jobs.slice(0, started + 1),
        );
      }),
    );
  });
});

describe('the kinds of messages', () => {
  it.each([
    ['host', HostKind],
    ['worker', WorkerKind],
  ])('of the %s can be told apart', (_, kinds) => {
    const numbers = Object.values(kinds);
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});
