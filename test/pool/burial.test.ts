import { describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { crew } from './crew.ts';

/** A worker whose task never ends, but with `brief`, and what it has begun. */
function worker() {
  const begun: unknown[] = [];
  const never = new Promise(() => {});
  const scene = crew(1, (input) => {
    begun.push(input);
    return input === 'brief' ? input : never;
  });
  return { ...scene, begun };
}

describe('the jobs of a worker that has died', () => {
  it('fail if they had started, and go on elsewhere if not', async () => {
    using scene = worker();
    const { begun } = scene;
    const [running, waiting] = [scene.add('running'), scene.add('waiting')];
    await until(() => begun.length === 1);
    expect(scene.links[0]?.bury({ kind: 'error', error: new Error('boom') })).toEqual([waiting]);
    expect(scene.outcomes).toMatchObject([['running', 'failed', { code: 'WorkerCrashed' }]]);
    expect([running.settled, waiting.settled]).toEqual([true, false]);
    expect(scene.links[0]?.usage).toMatchObject({ done: 0, failed: 1 });
  });

  it('are told that they had not begun, if they can go nowhere else', async () => {
    using scene = worker();
    const { begun } = scene;
    scene.add('running').overdue = true;
    scene.add('bound').isBound = true;
    await until(() => begun.length === 1);
    expect(scene.links[0]?.bury({ kind: 'killed' })).toEqual([]);
    expect(scene.outcomes.map(([, , error]) => (error as Error).message)).toEqual([
      'task m.work was killed with its worker',
      'task m.work had not begun when worker-1 ended, because m.work did not stop',
    ]);
    expect(scene.links[0]?.usage.failed).toBe(1);
  });

  it('count with the time that they ran for', async () => {
    using scene = worker();
    const { begun, clock, links } = scene;
    scene.add('brief');
    scene.add('long');
    await until(() => begun.length === 2 && scene.outcomes.length === 1);
    await clock.advance(300);
    links[0]?.bury({ kind: 'exited' });
    expect(links[0]?.usage).toMatchObject({ done: 1, failed: 1, busy: 300 });
  });

  it('do not go on when they were cancelled because another one failed', async () => {
    using scene = worker();
    const { begun } = scene;
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
