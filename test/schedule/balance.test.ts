import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BalancedTask,
  type Balancer,
  leastBusy,
  leastElu,
  leastLoaded,
  roundRobin,
  stickyByKey,
  type WorkerLoad,
  weighted,
} from '../../src/schedule/index.ts';
import { thrown } from '../support/thrown.ts';

const worker = (name: string, traits: Partial<WorkerLoad> = {}): WorkerLoad => ({
  worker: name,
  inFlight: 0,
  load: 0,
  utilisation: 0,
  ...traits,
});

const crew = (names: string) => [...names].map((name) => worker(name));

const task = (concurrencyKey?: string): BalancedTask => ({
  taskId: 'm.a',
  priority: 0,
  concurrencyKey,
});

/** Who is chosen, so many times in a row. */
function choices(balancer: Balancer, workers: readonly WorkerLoad[], count: number): string {
  return Array.from({ length: count }, () => balancer(workers, task()).worker).join('');
}

describe('leastLoaded, leastBusy and leastElu', () => {
  const workers = [
    worker('a', { load: 3, inFlight: 1, utilisation: 0.9 }),
    worker('b', { load: 1, inFlight: 4, utilisation: 0.5 }),
    worker('c', { load: 2, inFlight: 2, utilisation: 0.1 }),
  ];

  it('choose by load, by tasks, and by how busy the event loop was', () => {
    const chosen = [leastLoaded, leastBusy, leastElu].map((choose) => choose(workers, task()));
    expect(chosen.map((each) => each.worker)).toEqual(['b', 'a', 'c']);
  });

  it('choose the first of those that are alike', () => {
    for (const choose of [leastLoaded, leastBusy, leastElu]) {
      expect(choose(crew('xyz'), task()).worker).toBe('x');
    }
  });

  it('look at the load where event loops are about as busy', () => {
    const alike = [worker('a', { utilisation: 0.5, load: 9 }), worker('b', { utilisation: 0.52 })];
    expect(leastElu(alike, task()).worker).toBe('b');
  });
});

describe('roundRobin', () => {
  it('goes from one to the next', () => {
    expect(choices(roundRobin(), crew('abc'), 7)).toBe('abcabca');
  });

  it('leaves out who has no room, and nobody for long after that', () => {
    const balancer = roundRobin();
    expect(choices(balancer, crew('abc'), 3)).toBe('abc');
    expect(choices(balancer, crew('ac'), 4)).toBe('acac');
    expect(new Set(choices(balancer, crew('abc'), 3)).size).toBe(3);
  });
});

describe('weighted', () => {
  it('chooses each as often as its weight says, and spreads it out', () => {
    expect(choices(weighted({ a: 5 }), crew('abc'), 7)).toBe('aabacaa');
  });

  it('gives nobody more or less than its share by as much as one turn of all', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(weights, fc.nat(60), (shares, count) => {
        const workers = shares.map((_, index) => worker(String(index)));
        const balancer = weighted(Object.fromEntries(shares.map((share, i) => [i, share])));
        const chosen = choices(balancer, workers, count);
        const total = shares.reduce((sum, share) => sum + share, 0);
        shares.forEach((share, index) => {
          const had = chosen.split(String(index)).length - 1;
          expect(Math.abs(had - (count * share) / total)).toBeLessThan(shares.length);
        });
      }),
    );
  });

  it.each([
    ['weights', 5],
    ['weights', null],
    ['weights.a', { a: 0 }],
    ['weights.a', { a: Number.NaN }],
  ])('is refused for wrong %s', (field, weights) => {
    const { details } = thrown(() => weighted(weights as never), 'InvalidOption');
    expect(details).toMatchObject({ field });
  });
});

describe('stickyByKey', () => {
  const keys = Array.from({ length: 1_000 }, (_, index) => `customer-${index}`);
  const placed = (workers: readonly WorkerLoad[]) =>
    keys.map((key) => stickyByKey()(workers, task(key)).worker);

  it('gives a key to the same worker, whoever stands where and holds what', () => {
    const workers = [worker('a', { load: 9 }), worker('b'), worker('c', { inFlight: 3 })];
    expect(placed(workers)).toEqual(placed(crew('cba')));
  });

  it('moves only the keys of a worker that goes, and gives them back when it comes', () => {
    const before = placed(crew('abcd'));
    placed(crew('abd')).forEach((each, index) => {
      if (before[index] !== 'c') expect(each).toBe(before[index]);
    });
    expect(placed(crew('abcd'))).toEqual(before);
  });

  it('spreads the keys over the workers', () => {
    const names = Array.from({ length: 4 }, (_, index) => `worker-${index + 1}`);
    const chosen = placed(names.map((name) => worker(name)));
    for (const name of names) {
      const share = chosen.filter((each) => each === name).length / keys.length;
      expect(share).toBeGreaterThan(0.2);
      expect(share).toBeLessThan(0.3);
    }
  });

  it('leaves tasks without a key to another', () => {
    const workers = [worker('a', { load: 9, inFlight: 1 }), worker('b', { load: 1, inFlight: 2 })];
    expect(stickyByKey()(workers, task()).worker).toBe('b');
    expect(stickyByKey(leastBusy)(workers, task()).worker).toBe('a');
  });
});
