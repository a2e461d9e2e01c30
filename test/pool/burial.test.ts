import { describe, expect, it } from 'vitest';
import { gate } from '../support/gate.ts';
import { until } from '../support/until.ts';
import { crew } from './crew.ts';

describe('the jobs of a worker that has died', () => {
  it('fail if they had started, and go on elsewhere if not', async () => {
    const held = gate();
    const begun: unknown[] = [];
    using scene = crew(1, (input) => {
      begun.push(input);
      return held.passed;
    });
    const [running, waiting] = [scene.add('running'), scene.add('waiting')];
    await until(() => begun.length === 1);
    expect(scene.links[0]?.bury({ kind: 'error', error: new Error('boom') })).toEqual([waiting]);
    expect(scene.outcomes).toMatchObject([['running', 'failed', { code: 'WorkerCrashed' }]]);
    expect([running.settled, waiting.settled]).toEqual([true, false]);
  });

  it('do not go on when they were cancelled because another one failed', async () => {
    const held = gate();
    const begun: unknown[] = [];
    using scene = crew(1, (input) => {
      begun.push(input);
      return held.passed;
    });
    const [link] = scene.links;
    const enough = new Error('enough');
    scene.add('running', { failed: () => link?.cancel(waiting, enough) });
    const waiting = scene.add('waiting', { concurrencyKey: 'key' });
    await until(() => begun.length === 1);
    expect(link?.bury({ kind: 'error' })).toEqual([]);
    expect(scene.outcomes).toEqual([['waiting', 'failed', enough]]);
    // No timer looks after it any more.
    await scene.clock.advance(100);
    expect(link?.inFlight).toBe(0);
  });
});
