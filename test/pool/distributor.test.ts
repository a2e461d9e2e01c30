import { describe, expect, it } from 'vitest';
import { type Balancer, leastLoaded, type WorkerLoad } from '../../src/schedule/index.ts';
import { distribute, type FakeLink } from './distribution.ts';

/** One worker that has room for all, and what it was given so far. */
function single(schedule = {}, credit = 100) {
  const all = distribute({ schedule }, credit);
  const [link] = all.links as [FakeLink];
  return { ...all, link };
}

/** Lets what was added in this turn be given out. */
const turn = () => Promise.resolve();

describe('a distributor', () => {
  it('gives the highest priority first, and in order of arrival within one', async () => {
    const { add, link } = single();
    const [low, high, another] = [add(), add({ priority: 5 }), add()];
    await turn();
    expect(link.records).toEqual([high, low, another]);
  });

  it('lets what has waited long enough go before what is more important', async () => {
    const { add, link, clock, distributor } = single({ aging: 1_000 }, 0);
    const low = add();
    await clock.advance(5_001);
    const high = add({ priority: 5 });
    link.credit = 2;
    distributor.pump();
    expect(link.records).toEqual([low, high]);
  });

  it('shares out what waits among the workers, and keeps what nobody has credit for', async () => {
    const { add, links, distributor } = distribute({}, 2, 2);
    for (let i = 0; i < 6; i++) add();
    await turn();
    expect(links.map((link) => link.inFlight)).toEqual([2, 2]);
    expect(distributor.queued).toBe(2);
  });

  it('gives back what did not start before what came later, and what was removed to nobody', async () => {
    const { add, link, distributor } = single({}, 2);
    const [first, second, third, fourth] = [add(), add(), add(), add()];
    await turn();
    link.records.length = 0;
    distributor.giveBack([first, second]);
    distributor.remove(third);
    link.credit = 9;
    distributor.pump();
    expect(link.records).toEqual([first, second, fourth]);
  });

  it('comes back for what a rate lets go while it looks', async () => {
    const rate = { limit: 1, interval: 100, burst: 1 };
    const { add, link, clock, distributor } = single({ taskRate: () => rate });
    add();
    add();
    await turn();
    expect(link.records).toHaveLength(1);
    // Node's timers may fire a little early: nothing may go yet, but it may a moment later.
    const times = [99.9];
    const { now } = clock;
    clock.now = () => times.shift() ?? 100.1;
    distributor.pump();
    expect(link.records).toHaveLength(1);
    clock.now = now;
    await clock.advance(101);
    expect(link.records).toHaveLength(2);
  });

  it('refuses a task that there is not, and goes on', async () => {
    const { add, link, refused } = single();
    const stray = add({ name: 'stray' });
    const known = add();
    await turn();
    expect(link.records).toEqual([known]);
    expect(refused).toMatchObject([[stray, { code: 'TaskNotFound' }]]);
  });

  it('gives out nothing while no worker is open', async () => {
    const { add, link, distributor } = single();
    link.open = false;
    add();
    await turn();
    expect(distributor.queued).toBe(1);
    link.open = true;
    distributor.pump();
    expect(link.inFlight).toBe(1);
  });
});

describe('a key', () => {
  it('has no more jobs out than it may, until one of them is released', async () => {
    const { add, link, distributor } = single({ keyPolicy: () => ({ concurrency: 1 }) });
    const [first, second] = [add({ concurrencyKey: 'k' }), add({ concurrencyKey: 'k' })];
    const other = add({ concurrencyKey: 'other' });
    await turn();
    expect(link.records).toEqual([first, other]);
    link.end();
    distributor.release('k');
    distributor.pump();
    expect(link.records).toEqual([other, second]);
  });

  it('does not count a job that came back', async () => {
    const { add, link, distributor } = single({ keyPolicy: () => ({ concurrency: 1 }) });
    const [first, second] = [add({ concurrencyKey: 'k' }), add({ concurrencyKey: 'k' })];
    await turn();
    link.records.length = 0;
    distributor.giveBack([first]);
    await turn();
    expect(link.records).toEqual([first]);
    distributor.release('k');
    distributor.pump();
    expect(link.records).toEqual([first, second]);
  });

  it('gets its share, however much another key has waiting', async () => {
    const { add, link, distributor } = single({}, 0);
    for (let i = 0; i < 10; i++) add({ concurrencyKey: 'greedy' });
    add({ concurrencyKey: 'modest' });
    link.credit = 3;
    distributor.pump();
    const keys = link.records.map(({ concurrencyKey }) => concurrencyKey);
    expect(keys.toSorted()).toEqual(['greedy', 'greedy', 'modest']);
  });

  it('whose policy throws has its job refused, and nobody else', async () => {
    const broken = new Error('no such customer');
    const keyPolicy = () => {
      throw broken;
    };
    const { add, link, refused } = single({ keyPolicy });
    const keyed = add({ concurrencyKey: 'k' });
    const plain = add();
    await turn();
    expect(refused).toEqual([[keyed, broken]]);
    expect(link.records).toEqual([plain]);
  });
});

describe('a rate', () => {
  const rated = { taskRate: (task: string) => (task === 'm.a' ? { limit: 1 } : undefined) };

  it('holds its task back until its time comes, and no other task', async () => {
    const { add, link, clock } = single(rated);
    const [first, second, other] = [add(), add(), add({ name: 'b' })];
    await turn();
    expect(new Set(link.records)).toEqual(new Set([first, other]));
    await clock.advance(999);
    expect(link.inFlight).toBe(2);
    await clock.advance(1);
    expect(link.records[2]).toBe(second);
  });

  it('is asked again only while something waits for it', async () => {
    const { add, distributor, clock } = single(rated);
    add();
    const waiting = add();
    await turn();
    expect(clock.pending).toBe(1);
    distributor.remove(waiting);
    distributor.pump();
    expect(clock.pending).toBe(0);
    add();
    await turn();
    expect(clock.pending).toBe(1);
    distributor.clear();
    expect(clock.pending).toBe(0);
  });

  it('does not count a job that came back at once', async () => {
    const { add, link, distributor, clock } = single(rated);
    await clock.advance(50);
    const first = add();
    await turn();
    link.records.length = 0;
    distributor.giveBack([first]);
    await turn();
    expect(link.records).toEqual([first]);
  });
});

describe('a balancer', () => {
  it('chooses for each job among the workers that have credit', async () => {
    const seen: string[] = [];
    const balancing: Balancer = (workers) => {
      seen.push(workers.map(({ worker }) => worker.at(-1)).join(''));
      return workers.at(-1) as WorkerLoad;
    };
    const { add, links, distributor } = distribute({ balancing }, 1, 2, 1);
    for (let i = 0; i < 5; i++) add();
    await turn();
    expect(seen).toEqual(['123', '12', '12', '1']);
    expect(links.map((link) => link.inFlight)).toEqual([1, 2, 1]);
    expect(distributor.queued).toBe(1);
  });

  it('is told whose job it is', async () => {
    const jobs: object[] = [];
    const balancing: Balancer = (workers, { taskId, priority, concurrencyKey }) => {
      jobs.push({ taskId, priority, concurrencyKey });
      return workers[0] as WorkerLoad;
    };
    const { add } = distribute({ balancing }, 9);
    add({ name: 'b', priority: 3, concurrencyKey: 'k' });
    await turn();
    expect(jobs).toEqual([{ taskId: 'm.b', priority: 3, concurrencyKey: 'k' }]);
  });

  it('that throws, or chooses nobody, fails its job and no other', async () => {
    const broken = new Error('broken');
    const balancing: Balancer = (workers, { priority }) => {
      if (priority === 2) throw broken;
      return (priority === 1 ? { worker: 'stray' } : workers[0]) as WorkerLoad;
    };
    const { add, links, refused } = distribute({ balancing }, 9);
    const [plain, stray, thrower] = [add(), add({ priority: 1 }), add({ priority: 2 })];
    await turn();
    expect(refused).toMatchObject([
      [thrower, broken],
      [stray, { code: 'InvalidOption', details: { field: 'balancing' } }],
    ]);
    expect(links[0]?.records).toEqual([plain]);
  });

  it('that is the default is asked for nothing', async () => {
    const { add, links } = distribute({ balancing: leastLoaded }, 9, 9);
    for (let i = 0; i < 4; i++) add();
    await turn();
    expect(links.map((link) => link.inFlight)).toEqual([2, 2]);
  });
});
