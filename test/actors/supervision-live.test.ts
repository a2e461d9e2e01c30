import { describe, expect, it } from 'vitest';
import type { StartChild } from '../../actors/child.ts';
import { SHUTDOWN, type TroupeError } from '../../src/model/index.ts';
import { rejection } from '../support/rejection.ts';
import { thrown } from '../support/thrown.ts';
import { crash, Stage, statuses } from './supervision-stage.ts';

describe('supervision: live and at scale', () => {
  it('S29 reconfiguring live: new flags apply; new specs are not started by themselves', async () => {
    const stage = new Stage();
    const intensity = { intensity: 100, period: 1_000 };
    const supervisor = await stage.started({
      children: [stage.spec('a'), stage.spec('b')],
      intensity,
    });
    const before = supervisor.whichChildren().map(({ ref }) => ref);
    supervisor.reconfigure({
      strategy: 'one_for_all',
      intensity: { intensity: 1, period: 1_000 },
      children: [stage.spec('new'), { ...stage.spec('b'), shutdown: 1 }],
    });
    expect(statuses(supervisor)).toEqual({ new: 'stopped', b: 'running', a: 'running' });
    expect(supervisor.whichChildren().map(({ ref }) => ref)).toEqual([
      undefined,
      before[1],
      before[0],
    ]);
    expect(supervisor.getChildSpec('b').shutdown).toBe(1);
    await supervisor.restartChild('new');
    await stage.exit('new');
    expect(stage.puppet('new').starts).toBe(3 - 1);
    await stage.exit('new');
    expect(await supervisor.ended).toMatchObject({ error: { code: 'RestartIntensityExceeded' } });
  });

  it('S29 bad input to a reconfiguration is an error and changes nothing', async () => {
    const stage = new Stage();
    const supervisor = await stage.started({ children: [stage.spec('a')] });
    const before = JSON.stringify([supervisor.whichChildren(), supervisor.restartsLeft]);
    const change = (flags: object, code: TroupeError['code'] = 'InvalidOption') =>
      thrown(() => supervisor.reconfigure(flags), code);
    change({ strategy: 'dynamic' });
    change({ intensity: { intensity: -1 } });
    change({ children: [stage.spec('b'), stage.spec('b')] }, 'DuplicateId');
    change({ children: [{ id: 'a' }] });
    change({ autoShutdown: 'maybe' });
    change({ inensity: { intensity: 1 } });
    change({ id: 'other' });
    for (const none of [undefined, null, 5]) change(none as never);
    expect(JSON.stringify([supervisor.whichChildren(), supervisor.restartsLeft])).toBe(before);
  });

  it('S29 what a reconfiguration leaves out stays, also as undefined', async () => {
    const stage = new Stage();
    const children = [stage.spec('a')];
    const supervisor = await stage.started({ strategy: 'dynamic', maxChildren: 1, children });
    supervisor.reconfigure({ children: undefined, maxChildren: undefined, intensity: undefined });
    await supervisor.startChild();
    await rejection(supervisor.startChild(), 'Overloaded');
  });

  it('S30 starts and stops ten thousand children without walking them for each', async () => {
    // That the time is linear is the bench's to show; here, that nothing is lost on the way.
    const stage = new Stage();
    const quiet: StartChild = ({ exited }) => ({
      stop: () => exited(SHUTDOWN),
      kill: () => exited({ kind: 'killed' }),
    });
    const children = [{ id: 'd', start: quiet }];
    const supervisor = await stage.started({ strategy: 'dynamic', children });
    await Promise.all(Array.from({ length: 10_000 }, () => supervisor.startChild()));
    expect(supervisor.countChildren()).toMatchObject({ active: 10_000, workers: 10_000 });
    supervisor.stop();
    expect(await supervisor.ended).toEqual(SHUTDOWN);
    expect(supervisor.countChildren().active).toBe(0);
  });

  it('S31 every report carries supervisor, context, reason, offender, and is bounded in size', async () => {
    const stage = new Stage();
    const children = [stage.spec('a', { restart: 'transient' })];
    const intensity = { intensity: 30, period: 1_000 };
    await stage.started({ children, intensity });
    const huge = new Error('x'.repeat(100_000), {
      cause: new Error('y'.repeat(100_000), { cause: new Error('z'.repeat(100_000)) }),
    });
    for (let i = 0; i < 31; i++) await stage.exit('a', { kind: 'error', error: huge });
    expect(stage.reports).toHaveLength(32);
    for (const report of stage.reports) {
      expect(report).toMatchObject({
        supervisor: 'sup',
        context: expect.stringMatching(/^(child_terminated|shutdown)$/),
        reason: { kind: expect.any(String), error: { name: expect.any(String) } },
        offender: { id: 'a', type: 'worker', restart: 'transient', shutdown: 5_000 },
        time: expect.any(Number),
      });
      expect(JSON.stringify(report).length).toBeLessThan(32_000);
    }
    expect(stage.reports.at(-1)?.offender.history).toHaveLength(10);
  });
});

describe('supervision: against odds', () => {
  it.each(['one_for_one', 'dynamic'] as const)(
    '%s: lets timers and I/O have turns while it stops very many',
    async (strategy) => {
      const stage = new Stage();
      const quiet: StartChild = ({ exited }) => ({
        stop: () => exited(SHUTDOWN),
        kill: () => exited({ kind: 'killed' }),
      });
      const children = strategy === 'dynamic' ? [{ id: 'd', start: quiet }] : [];
      const supervisor = await stage.started({ strategy, children });
      const own = strategy === 'dynamic' ? {} : { start: quiet };
      for (let i = 0; i < 3_500; i++) await supervisor.startChild({ id: `${i}`, ...own });
      let turns = 0;
      const count = () => {
        turns++;
        if (supervisor.status !== 'stopped') setImmediate(count);
      };
      setImmediate(count);
      supervisor.stop();
      await supervisor.ended;
      expect(turns).toBeGreaterThanOrEqual(3);
    },
  );

  it.each(['one_for_one', 'one_for_all'] as const)(
    '%s: lets timers and I/O have turns while a child fails again and again',
    async (strategy) => {
      const stage = new Stage();
      const attempts = 5_000;
      const a = stage.spec('a', { failsFrom: 2, failsUntil: attempts });
      const intensity = { intensity: attempts, period: 1_000 };
      const supervisor = await stage.started({
        strategy,
        intensity,
        children: [a, stage.spec('b')],
      });
      stage.puppet('a').exit(crash);
      let turns = 0;
      while (stage.puppet('a').starts <= attempts) {
        turns++;
        await new Promise(setImmediate);
      }
      expect(turns).toBeGreaterThan(20);
      expect(statuses(supervisor)).toEqual({ a: 'running', b: 'running' });
    },
  );
});
