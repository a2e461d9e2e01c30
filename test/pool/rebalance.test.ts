import { describe, expect, it } from 'vitest';
import { transfer } from '../../src/ipc/index.ts';
import { gate } from '../support/gate.ts';
import { until } from '../support/until.ts';
import { crew } from './crew.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

/** A crew whose task waits where it is given `held`, and notes who did what. */
function workers(size: number, mayGrow = false) {
  const held = gate<string>();
  const done: { input: unknown; worker: number }[] = [];
  const all = crew(
    size,
    (input, worker) => {
      done.push({ input, worker });
      return input === 'held' ? held.passed : input;
    },
    { mayGrow },
  );
  const inputs = () => done.map(({ input }) => input);
  return { ...all, held, done, inputs };
}

describe('what waits behind a task that takes long', () => {
  it('goes to a worker that is free, and is run once', async () => {
    using scene = workers(2);
    const { add, clock, outcomes, done, held, faults } = scene;
    add('held');
    for (const n of numbers(20)) add(n);
    // Half of it was given to the worker that the other half will never wait for.
    await until(() => outcomes.length === 10);
    await clock.advance(20);
    await until(() => outcomes.length === 20);
    // Nor does it get anything more.
    for (const n of numbers(5)) add(20 + n);
    await until(() => outcomes.length === 25);
    held.open('late');
    await until(() => outcomes.length === 26);
    expect(outcomes.at(-1)).toEqual(['held', 'succeeded', 'late']);
    expect(done).toHaveLength(26);
    expect(new Set(outcomes.map(([input]) => input)).size).toBe(26);
    expect(faults).toEqual([]);
  });

  it('stays where it is while nobody else is free for it', async () => {
    using scene = workers(2);
    const { add, clock, links, inputs, held, outcomes } = scene;
    // A worker gets its share at once: three of six.
    for (const input of ['held', 0, 1, 'held', 2, 3]) add(input);
    await until(() => inputs().length === 2);
    await clock.advance(50);
    expect(links.map((link) => link.inFlight)).toEqual([3, 3]);
    held.open('now');
    await until(() => outcomes.length === 6);
  });

  it('waits for a worker that may come, also where there is only one', async () => {
    using scene = workers(1, true);
    const { add, clock, links, inputs, held, outcomes, distributor } = scene;
    for (const input of ['held', 0, 1]) add(input);
    await until(() => inputs().length === 1);
    await clock.advance(20);
    expect([links[0]?.inFlight, distributor.queued, distributor.longestWait]).toEqual([1, 2, 20]);
    held.open('now');
    await until(() => outcomes.length === 3);
    expect(inputs()).toEqual(['held', 0, 1]);
  });

  it('stays where it is as long as the worker gets on', async () => {
    using scene = workers(2);
    const { add, clock, links, outcomes } = scene;
    add('held');
    for (const n of numbers(3)) add(n);
    await until(() => outcomes.length === 2);
    await clock.advance(9);
    expect(links.map((link) => link.inFlight)).toEqual([2, 0]);
  });
});

describe('a task of some milliseconds that waits behind another one', () => {
  /** Two workers that are each in such a task, and one more that waits at the first. */
  async function busy() {
    const first = gate();
    const second = gate();
    const begun: unknown[] = [];
    const work = (input: unknown) => {
      begun.push(input);
      return input === 'first' ? first.passed : input === 'second' ? second.passed : undefined;
    };
    const scene = crew(2, work, { cost: 5 });
    for (const input of ['first', 'second', 'third']) scene.add(input);
    await until(() => begun.length === 2);
    return { ...scene, first, second, begun, inFlight: () => scene.links.map((l) => l.inFlight) };
  }

  it('goes at once to a worker that has nothing to do', async () => {
    using scene = await busy();
    expect(scene.inFlight()).toEqual([2, 1]);
    scene.second.open();
    await until(() => scene.outcomes.length === 2);
    expect(scene.outcomes.map(([input]) => input)).toEqual(['second', 'third']);
    scene.first.open();
    await until(() => scene.outcomes.length === 3);
    expect(scene.begun).toHaveLength(3);
    // It has heard of it, and may be given more.
    await until(() => scene.links.every((link) => link.isFree));
  });

  it('stays where it is while others have something to do', async () => {
    using scene = await busy();
    scene.add('fourth');
    await until(() => scene.inFlight()[1] === 2);
    scene.second.open();
    await until(() => scene.outcomes.length === 2);
    expect(scene.outcomes.map(([input]) => input)).toEqual(['second', 'fourth']);
    scene.first.open();
    await until(() => scene.outcomes.length === 4);
  });

  it('has no other behind it', async () => {
    using scene = await busy();
    for (const input of ['fourth', 'fifth']) scene.add(input);
    await until(() => scene.inFlight()[1] === 2);
    expect([scene.inFlight(), scene.distributor.queued]).toEqual([[2, 2], 1]);
    scene.second.open();
    scene.first.open();
    await until(() => scene.outcomes.length === 5);
  });
});

describe('what waits while every worker holds more than it runs', () => {
  it('goes to one that gets on, and no timer wakes anybody up for it', async () => {
    const gates = new Map(numbers(7).map((n) => [n, gate()]));
    const held = gate();
    const begun: unknown[] = [];
    const work = (input: string | number) => {
      begun.push(input);
      if (input === 'held') return held.passed;
      return typeof input === 'number' ? gates.get(input)?.passed : undefined;
    };
    using scene = crew(2, work, { cost: 5 });
    for (const input of ['held', 0, 'waits', ...numbers(7).slice(1)]) scene.add(input);
    await until(() => begun.length === 2);
    expect(scene.links.map((link) => link.inFlight)).toEqual([2, 2]);
    for (const n of numbers(3)) {
      await scene.clock.advance(10);
      expect([scene.clock.pending, begun]).toEqual([0, ['held', ...numbers(n + 1)]]);
      gates.get(n)?.open();
      await until(() => begun.includes(n + 1));
    }
    // It was found to have waited from one answer of the other to the next, and had the one place there.
    gates.get(3)?.open();
    await until(() => begun.includes('waits'));
    expect(begun.slice(0, 6)).toEqual(['held', 0, 1, 2, 3, 'waits']);
    held.open();
    for (const each of gates.values()) each.open();
    await until(() => scene.outcomes.length === 9);
    expect(begun).toHaveLength(9);
  });
});

describe('what is left of a burst of small tasks', () => {
  it('stays where it is, though another worker has nothing to do', async () => {
    using scene = workers(2);
    scene.add('held');
    for (const n of numbers(3)) scene.add(n);
    await until(() => scene.outcomes.length === 2);
    expect(scene.links.map(({ inFlight, isFree }) => [inFlight, isFree])).toEqual([
      [2, false],
      [0, true],
    ]);
    expect(scene.distributor.queued).toBe(0);
  });
});

describe('a worker from which jobs were taken back', () => {
  it('gets new ones once it has heard of it', async () => {
    using scene = workers(2);
    const { add, clock, outcomes, done, held, links, distributor } = scene;
    add('held');
    for (const n of numbers(3)) add(n);
    await until(() => outcomes.length === 2);
    const [link] = links;
    link?.takeBack();
    expect([link?.accepts(0), link?.inFlight, distributor.queued]).toEqual([false, 1, 1]);
    held.open('now');
    await until(() => outcomes.length === 4);
    await until(() => link?.accepts(0) === true);
    for (const n of numbers(4)) add(10 + n);
    await until(() => outcomes.length === 8);
    const later = done.filter(({ input }) => (input as number) >= 10);
    expect(new Set(later.map(({ worker }) => worker))).toEqual(new Set([0, 1]));
    await clock.advance(50);
    expect(done).toHaveLength(8);
  });

  it('keeps what was cancelled there, which fails once', async () => {
    using scene = workers(2);
    const { add, outcomes, held, links, inputs, faults, overdue } = scene;
    add('held');
    const waiting = add('cancelled');
    add('other');
    const [link] = links;
    await until(() => inputs().length === 2);
    if (waiting.number === 0 || !link?.holds(waiting)) throw new Error('it should wait there');
    const error = new Error('enough');
    link.cancel(waiting, error);
    link.takeBack();
    held.open('now');
    await until(() => link.inFlight === 0 && link.accepts(0));
    expect(outcomes.filter(([input]) => input === 'cancelled')).toEqual([
      ['cancelled', 'failed', error],
    ]);
    expect(inputs()).not.toContain('cancelled');
    expect([faults, overdue]).toEqual([[], []]);
  });

  it.each(['takeBack', 'drain'] as const)(
    'keeps what moved there, and what is before it: %s',
    async (how) => {
      using scene = workers(2);
      const { add, links, inputs, held, outcomes, faults } = scene;
      const moved = transfer(new Uint8Array(8));
      const mine = [add('held'), add('before'), add(moved), add('after')];
      for (const n of numbers(4)) add(n);
      const [link] = links;
      await until(() => outcomes.length === 4);
      if (!mine.every((record) => link?.holds(record))) throw new Error('it should hold them all');
      link?.[how]();
      await until(() => outcomes.length === 5);
      expect(inputs().at(-1)).toBe('after');
      expect(link?.inFlight).toBe(3);
      held.open('now');
      await until(() => outcomes.length === 8);
      expect(outcomes.every(([, how]) => how === 'succeeded')).toBe(true);
      expect(inputs().at(-1)).toEqual(new Uint8Array(8));
      expect(faults).toEqual([]);
    },
  );

  it('gives nothing back when all has started', async () => {
    using scene = workers(1);
    const { add, links, inputs, held, outcomes, distributor } = scene;
    add('held');
    await until(() => inputs().length === 1);
    links[0]?.takeBack();
    expect([links[0]?.inFlight, distributor.queued]).toEqual([1, 0]);
    held.open('now');
    await until(() => outcomes.length === 1);
  });
});
