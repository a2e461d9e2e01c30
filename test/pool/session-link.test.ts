import { describe, expect, it } from 'vitest';
import { gate } from '../support/gate.ts';
import { until } from '../support/until.ts';
import { crew } from './crew.ts';

describe('a job that was cancelled before it started', () => {
  it('is neither counted as one that ran, nor taken for what its task costs', async () => {
    const held = gate<string>();
    const begun: unknown[] = [];
    const work = (input: unknown) => {
      begun.push(input);
      return input === 'held' ? held.passed : undefined;
    };
    using scene = crew(1, work, { cost: 5 });
    const [link] = scene.links;
    scene.add('held');
    const waiting = scene.add('waiting');
    await until(() => begun.length === 1);
    link?.cancel(waiting, new Error('enough'));
    await until(() => link?.inFlight === 1);
    expect(link?.usage).toMatchObject({ done: 0, failed: 0, runs: { count: 0 } });
    held.open('now');
    await until(() => link?.inFlight === 0);
    expect(link?.usage).toMatchObject({ done: 1, failed: 0, runs: { count: 1 } });
    const next = scene.add('next');
    await until(() => scene.outcomes.length === 3);
    // A tenth less for the one run, which took no time.
    expect(next.cost).toBeCloseTo(4.5);
  });
});
