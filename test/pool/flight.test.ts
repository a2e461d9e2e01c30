import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextJobNumber } from '../../src/ipc/index.ts';
import { Flight } from '../../src/pool/flight.ts';
import { JobRecord } from '../../src/pool/job-record.ts';
import type { Job } from '../../src/ports/index.ts';

function record(number: number): JobRecord {
  return Object.assign(new JobRecord({} as Job, 0), { number });
}

/** Sends and answers as it is told, and remembers what must be there. */
class Traffic {
  readonly flight = new Flight();
  readonly expected: JobRecord[] = [];
  last: number;

  constructor(last: number) {
    this.last = last;
  }

  /** @param stays so many of them are not answered */
  send(count: number, stays: number): void {
    for (let i = 0; i < count; i++) {
      this.last = nextJobNumber(this.last);
      const one = record(this.last);
      this.flight.add(one);
      if (i < stays) this.expected.push(one);
      else this.flight.delete(one);
    }
  }

  check(): void {
    const { flight, expected } = this;
    expect(flight.size).toBe(expected.length);
    expect(flight.inOrder()).toEqual(expected);
    for (const one of expected) expect(flight.get(one.number)).toBe(one);
    expect(flight.get(nextJobNumber(this.last))).toBeUndefined();
  }
}

describe('the jobs in flight', () => {
  it('are found by number until they are taken out, whatever came and went', () => {
    // Many come for each that stays: the ring goes round, and has to grow.
    const step = fc.tuple(fc.integer({ min: 1, max: 700 }), fc.nat({ max: 3 }));
    // Close to where the count turns, and where it leaves out 0.
    const last = fc.constantFrom(0, 2 ** 31 - 1_000, -1_000);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), last, (steps, last) => {
        const traffic = new Traffic(last);
        for (const [count, stays] of steps) {
          traffic.send(count, stays);
          traffic.check();
        }
        traffic.flight.clear();
        expect(traffic.flight.size).toBe(0);
        expect(traffic.flight.inOrder()).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('come in stretches, each of which ends when all are answered', () => {
    const flight = new Flight();
    const [one, other] = [record(1), record(2)];
    flight.add(one);
    flight.add(other);
    flight.delete(one);
    expect(flight.stretches).toBe(1);
    flight.delete(other);
    flight.add(record(3));
    expect(flight.stretches).toBe(2);
  });
});
