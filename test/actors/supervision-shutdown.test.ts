import { describe, expect, it } from 'vitest';
import type { StartChild } from '../../actors/child.ts';
import { NORMAL, SHUTDOWN } from '../../src/model/index.ts';
import { rejection } from '../support/rejection.ts';
import { crash, Stage, statuses } from './supervision-stage.ts';

describe('supervision: shutdown', () => {
  it('S25 an overdue child is killed at its own deadline; brutal_kill at once; infinity waits', async () => {
    const stage = new Stage();
    const children = [
      stage.spec('brutal', { shutdown: 'brutal_kill', stubborn: true }),
      stage.spec('late', { shutdown: 70, stubborn: true }),
      stage.spec('patient', { shutdown: 'infinity', stubborn: true }),
    ];
    const supervisor = await stage.started({ children });
    supervisor.stop();
    await stage.clock.advance(1_000_000);
    expect(stage.log).toEqual(['stop patient']);
    stage.puppet('patient').exit(SHUTDOWN);
    await stage.clock.advance(69);
    expect(stage.log).toEqual(['stop patient', 'stop late']);
    await stage.clock.advance(1);
    expect(stage.log).toEqual(['stop patient', 'stop late', 'kill late', 'kill brutal']);
    await supervisor.ended;
    expect(stage.reports).toMatchObject([
      { context: 'shutdown_error', offender: { id: 'late' }, reason: { kind: 'killed' } },
    ]);
    expect(stage.clock.pending).toBe(0);
  });

  it('S26 dynamic children stop in parallel: about the longest, not the sum', async () => {
    const stage = new Stage();
    const children = [stage.spec('d', { shutdown: 100, stubborn: true })];
    const supervisor = await stage.started({ strategy: 'dynamic', children });
    for (let i = 0; i < 10; i++) await supervisor.startChild();
    supervisor.stop();
    await stage.clock.advance(99);
    expect(supervisor.countChildren().active).toBe(10);
    await stage.clock.advance(1);
    await supervisor.ended;
    expect(stage.log.filter((line) => line === 'kill d')).toHaveLength(10);
  });

  it('S27 during a failing restart loop it answers, reports `restarting`, refuses restart and delete', async () => {
    const stage = new Stage();
    const backOff = { initial: 10, factor: 1, jitter: 'none' } as const;
    const children = [stage.spec('a', { failsFrom: 2, backOff }), stage.spec('b')];
    const intensity = { intensity: 1_000, period: 1_000 };
    const supervisor = await stage.started({ children, intensity });
    await stage.exit('a');
    await stage.clock.advance(95);
    expect(stage.puppet('a').starts).toBe(10);
    expect(statuses(supervisor)).toEqual({ a: 'restarting', b: 'running' });
    expect(supervisor.countChildren()).toMatchObject({ specs: 2, active: 1 });
    await rejection(supervisor.restartChild('a'), 'ChildRestarting');
    await rejection(supervisor.deleteChild('a'), 'ChildRestarting');
    await supervisor.startChild(stage.spec('c'));
    await supervisor.terminateChild('a');
    await stage.clock.advance(1_000);
    expect(stage.puppet('a').starts).toBe(10);
    expect(statuses(supervisor)).toEqual({ a: 'stopped', b: 'running', c: 'running' });
  });

  it('S27 shutdown completes during a failing restart loop, with and without a wait', async () => {
    for (const backOff of [undefined, { initial: 1_000_000, max: 1_000_000 }]) {
      const stage = new Stage();
      const children = [stage.spec('a', { failsFrom: 2, backOff })];
      const intensity = { intensity: 1_000_000, period: 1_000 };
      const supervisor = await stage.started({ children, intensity });
      stage.puppet('a').exit(crash);
      for (let i = 0; i < 20; i++) await Promise.resolve();
      supervisor.stop();
      expect(await supervisor.ended).toEqual(SHUTDOWN);
      expect(stage.clock.pending).toBe(0);
    }
  });

  it('S27 a start that hangs holds up neither an answer, nor a terminate, nor the shutdown', async () => {
    const stage = new Stage();
    let aborted = 0;
    const hang: StartChild = ({ signal }) => {
      signal.addEventListener('abort', () => aborted++);
      return new Promise(() => {});
    };
    const supervisor = await stage.started({ children: [stage.spec('a')] });
    const starting = supervisor.startChild({ id: 'h', start: hang, shutdown: 50 });
    const refused = rejection(starting, 'InvalidState');
    await stage.clock.advance(0);
    expect(statuses(supervisor)).toEqual({ a: 'running', h: 'starting' });
    const terminated = supervisor.terminateChild('h');
    await stage.clock.advance(50);
    await terminated;
    await refused;
    expect(aborted).toBe(1);
    const again = supervisor.startChild({ id: 'h', start: hang, shutdown: 'brutal_kill' });
    const refusedAgain = rejection(again, 'InvalidState');
    await stage.clock.advance(0);
    supervisor.stop();
    expect(await supervisor.ended).toEqual(SHUTDOWN);
    await refusedAgain;
    expect(stage.clock.pending).toBe(0);
  });

  it('S28 auto-shutdown any: a significant normal end shuts down, an abnormal one restarts', async () => {
    const stage = new Stage();
    const children = [
      stage.spec('a', { restart: 'transient', significant: true }),
      stage.spec('b', { restart: 'transient', significant: true }),
      stage.spec('c'),
    ];
    const supervisor = await stage.started({ autoShutdown: 'any_significant', children });
    await stage.exit('a');
    expect(statuses(supervisor)).toEqual({ a: 'running', b: 'running', c: 'running' });
    await stage.exit('a', NORMAL);
    expect(await supervisor.ended).toEqual(SHUTDOWN);
    expect(stage.log.slice(-2)).toEqual(['stop c', 'stop b']);
  });

  it('S28 auto-shutdown all: only the last one triggers; to be terminated is no end of its own', async () => {
    const stage = new Stage();
    const spec = { restart: 'transient', significant: true } as const;
    const children = [stage.spec('a', spec), stage.spec('b', spec), stage.spec('c', spec)];
    const supervisor = await stage.started({ autoShutdown: 'all_significant', children });
    await stage.exit('a', NORMAL);
    await supervisor.terminateChild('b');
    expect(supervisor.status).toBe('running');
    await stage.exit('c', NORMAL);
    expect(await supervisor.ended).toEqual(SHUTDOWN);
  });
});
