import { describe, expect, it } from 'vitest';
import type { StartChild } from '../../actors/child.ts';
import { rejection } from '../support/rejection.ts';
import { Stage, statuses } from './supervision-stage.ts';

describe('supervision: administration', () => {
  it('S11 adding a running id gives already_started with the ref; a stopped id already_present', async () => {
    const stage = new Stage();
    const supervisor = await stage.started({ children: [stage.spec('a')] });
    const [a] = supervisor.whichChildren();
    const error = await rejection(supervisor.startChild(stage.spec('a')), 'AlreadyStarted');
    expect(error.details.ref).toBe(a?.ref);
    expect(a?.ref).toBeDefined();
    await supervisor.terminateChild('a');
    await rejection(supervisor.startChild(stage.spec('a')), 'AlreadyPresent');
  });

  it('S12 terminate: unknown is not_found; already stopped is ok', async () => {
    const stage = new Stage();
    const supervisor = await stage.started({ children: [stage.spec('a')] });
    await rejection(supervisor.terminateChild('b'), 'ChildNotFound');
    await supervisor.terminateChild('a');
    await supervisor.terminateChild('a');
    expect(stage.log).toEqual(['stop a']);
  });

  it('S13 delete or restart while running is refused as running', async () => {
    const stage = new Stage();
    const supervisor = await stage.started({ children: [stage.spec('a')] });
    await rejection(supervisor.deleteChild('a'), 'ChildRunning');
    await rejection(supervisor.restartChild('a'), 'ChildRunning');
    await rejection(supervisor.deleteChild('b'), 'ChildNotFound');
    await rejection(supervisor.restartChild('b'), 'ChildNotFound');
    await supervisor.terminateChild('a');
    await supervisor.restartChild('a');
    expect(statuses(supervisor)).toEqual({ a: 'running' });
    await supervisor.terminateChild('a');
    await supervisor.deleteChild('a');
    expect(supervisor.whichChildren()).toEqual([]);
  });

  it('S13 an unknown child is not_found at once, though a restart of the group hangs', async () => {
    const stage = new Stage();
    const a = stage.spec('a', { shutdown: 'brutal_kill' });
    let starts = 0;
    const start: StartChild = (host) =>
      starts++ === 0 ? a.start(host) : new Promise<never>(() => {});
    const supervisor = await stage.started({
      strategy: 'one_for_all',
      children: [{ ...a, start }, stage.spec('b')],
    });
    await stage.exit('b');
    expect(statuses(supervisor)).toEqual({ a: 'starting', b: 'restarting' });
    await rejection(supervisor.deleteChild('c'), 'ChildNotFound');
    await rejection(supervisor.restartChild('c'), 'ChildNotFound');
    // One that is to be added by then is not unknown.
    const added = supervisor.startChild(stage.spec('c'));
    const again = supervisor.restartChild('c');
    await supervisor.terminateChild('a');
    expect(await added).toMatchObject({ id: 'c' });
    await rejection(again, 'ChildRunning');
    await rejection(supervisor.deleteChild('d'), 'ChildNotFound');
  });

  it('S14 dynamic: terminate by instance only; a dead one is ok; a foreign one is left alone', async () => {
    const stage = new Stage();
    const make = () => stage.started({ strategy: 'dynamic', children: [stage.spec('a')] });
    const [one, other] = [await make(), await make()];
    const first = await one.startChild();
    const foreign = await other.startChild();
    await rejection(one.terminateChild('a-1'), 'InvalidOption');
    const missed = await rejection(one.terminateChild(foreign.ref), 'ChildNotFound');
    expect(missed.message).toBe('sup has no such child: a plain object');
    expect(other.countChildren().active).toBe(1);
    await one.terminateChild(first.ref);
    await one.terminateChild(first.ref);
    expect(one.countChildren()).toMatchObject({ specs: 1, active: 0 });
    await rejection(one.restartChild('a'), 'InvalidState');
    await rejection(one.deleteChild('a'), 'InvalidState');
  });

  it.each([1_000, 2_000])(
    'S15 counts are exact at %i children, workers and supervisors apart',
    async (n) => {
      const stage = new Stage();
      const supervisor = await stage.started();
      for (let i = 0; i < n; i++) {
        const type = i % 4 === 0 ? 'supervisor' : 'worker';
        await supervisor.startChild(stage.spec(`${i}`, { type }));
      }
      await supervisor.terminateChild('1');
      expect(supervisor.countChildren()).toEqual({
        specs: n,
        active: n - 1,
        supervisors: n / 4,
        workers: (n * 3) / 4,
      });
      const dynamic = await stage.started({ strategy: 'dynamic', children: [stage.spec('d')] });
      for (let i = 0; i < n; i++) await dynamic.startChild();
      expect(dynamic.countChildren()).toEqual({ specs: 1, active: n, supervisors: 0, workers: n });
    },
  );

  it('S16 a restarting child counts as present, not as active', async () => {
    const stage = new Stage();
    const children = [stage.spec('a', { backOff: { initial: 100, jitter: 'none' } })];
    const supervisor = await stage.started({ children });
    await stage.exit('a');
    expect(statuses(supervisor)).toEqual({ a: 'restarting' });
    expect(supervisor.countChildren()).toMatchObject({ specs: 1, active: 0, workers: 1 });
  });
});
