import { describe, expect, it } from 'vitest';
import type { StartChild } from '../../actors/child.ts';
import type { Supervisor } from '../../actors/supervisor.ts';
import { subtree } from '../../actors/tree.ts';
import { type ExitReason, NORMAL, type Restart, SHUTDOWN } from '../../src/model/index.ts';
import { crash, type Spec, Stage, statuses } from './supervision-stage.ts';

describe('supervision: restart types', () => {
  it.each<[Restart, ExitReason, string]>([
    ['permanent', NORMAL, 'running'],
    ['permanent', SHUTDOWN, 'running'],
    ['permanent', crash, 'running'],
    ['transient', NORMAL, 'stopped'],
    ['transient', SHUTDOWN, 'stopped'],
    ['transient', crash, 'running'],
    ['transient', { kind: 'killed' }, 'running'],
    ['temporary', NORMAL, 'gone'],
    ['temporary', SHUTDOWN, 'gone'],
    ['temporary', crash, 'gone'],
  ])('S17 a %s child that ends for %o is %s', async (restart, reason, expected) => {
    const stage = new Stage();
    const supervisor = await stage.started({ children: [stage.spec('a', { restart })] });
    await stage.exit('a', reason);
    expect(statuses(supervisor).a ?? 'gone').toBe(expected);
    const dynamic = await stage.started({
      strategy: 'dynamic',
      children: [stage.spec('d', { restart })],
    });
    await dynamic.startChild();
    await stage.exit('d', reason);
    // What a dynamic supervisor does not restart, it forgets.
    expect(dynamic.countChildren().active).toBe(expected === 'running' ? 1 : 0);
    expect(dynamic.size).toBe(expected === 'running' ? 1 : 0);
  });
});

describe('supervision: strategies', () => {
  const refs = (supervisor: Supervisor) => supervisor.whichChildren().map(({ ref }) => ref);
  const abc = (stage: Stage, spec: Spec = {}) => ['a', 'b', 'c'].map((id) => stage.spec(id, spec));

  it('S18 one_for_one: siblings keep their identity', async () => {
    const stage = new Stage();
    const supervisor = await stage.started({ children: abc(stage) });
    const before = refs(supervisor);
    await stage.exit('b');
    const after = refs(supervisor);
    expect([after[0], after[2]]).toEqual([before[0], before[2]]);
    expect(after[0]).toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
  });

  it.each(['one_for_one', 'one_for_all', 'rest_for_one'] as const)(
    'S19 %s: restart N+1 within the period stops all, and the supervisor exits `shutdown`',
    async (strategy) => {
      const stage = new Stage();
      const children = abc(stage);
      const intensity = { intensity: 2, period: 1_000 };
      const inner = stage.supervisor({ strategy, children, intensity }, 'inner');
      const outer = await stage.started({
        children: [
          { id: 'inner', type: 'supervisor', restart: 'temporary', start: subtree(inner) },
        ],
      });
      for (let i = 0; i < 3; i++) await stage.exit('a');
      expect(await inner.ended).toMatchObject({
        kind: 'shutdown',
        error: { code: 'RestartIntensityExceeded' },
      });
      expect(inner.countChildren().active).toBe(0);
      // Its parent has seen it, and as no crash: a temporary one leaves without a report.
      await stage.clock.advance(0);
      expect(outer.whichChildren()).toEqual([]);
      expect(stage.reports.filter(({ supervisor }) => supervisor === 'sup')).toEqual([]);
    },
  );

  it('S20 spaced restarts never trip the intensity', async () => {
    const stage = new Stage();
    const intensity = { intensity: 1, period: 1_000 };
    const supervisor = await stage.started({ children: [stage.spec('a')], intensity });
    for (let i = 0; i < 50; i++) {
      await stage.exit('a');
      await stage.clock.advance(1_000);
    }
    expect(supervisor.status).toBe('running');
    expect(stage.puppet('a').starts).toBe(51);
  });

  it.each(['one_for_one', 'one_for_all', 'rest_for_one'] as const)(
    'S21 %s: failing restart attempts spend the budget and escalate',
    async (strategy) => {
      const stage = new Stage();
      const children = [stage.spec('a'), stage.spec('b', { failsFrom: 2 }), stage.spec('c')];
      const intensity = { intensity: 4, period: 1_000 };
      const supervisor = await stage.started({ strategy, children, intensity });
      await stage.exit('b');
      expect(await supervisor.ended).toMatchObject({
        error: { code: 'RestartIntensityExceeded', cause: { code: 'StartFailed' } },
      });
      expect(stage.puppet('b').starts).toBe(1 + 4);
      expect(supervisor.countChildren().active).toBe(0);
    },
  );

  it('S22 one_for_all replaces every instance; rest_for_one keeps earlier ones and replaces later ones', async () => {
    const stage = new Stage();
    const all = await stage.started({ strategy: 'one_for_all', children: abc(stage) });
    const before = refs(all);
    await stage.exit('b');
    expect(refs(all).map((ref, i) => ref === before[i])).toEqual([false, false, false]);
    const rest = await stage.started({ strategy: 'rest_for_one', children: abc(stage) });
    const earlier = refs(rest);
    await stage.exit('b');
    expect(refs(rest).map((ref, i) => ref === earlier[i])).toEqual([true, false, false]);
  });

  it('S22 temporary siblings are stopped with the group and do not come back', async () => {
    const stage = new Stage();
    const children = [stage.spec('a'), stage.spec('b', { restart: 'temporary' }), stage.spec('c')];
    const supervisor = await stage.started({ strategy: 'one_for_all', children });
    await stage.exit('a');
    expect(stage.log).toEqual(['stop c', 'stop b', 'start a', 'start c']);
    expect(statuses(supervisor)).toEqual({ a: 'running', c: 'running' });
  });

  it('S23 start in the given order, stop in reverse, in a group restart and in shutdown', async () => {
    const stage = new Stage();
    const supervisor = stage.supervisor({ strategy: 'one_for_all', children: abc(stage) });
    await supervisor.start();
    expect(stage.log.splice(0)).toEqual(['start a', 'start b', 'start c']);
    await stage.exit('b');
    expect(stage.log.splice(0)).toEqual(['stop c', 'stop a', 'start a', 'start b', 'start c']);
    supervisor.stop();
    await supervisor.ended;
    expect(stage.log).toEqual(['stop c', 'stop b', 'stop a']);
  });

  it('S24 a subtree over budget triggers its parent; static children come back, dynamic ones do not', async () => {
    const stage = new Stage();
    const leaf = stage.spec('leaf');
    const dynamicOf = () =>
      stage.supervisor({ strategy: 'dynamic', children: [stage.spec('d')] }, 'dyn');
    let dynamic = dynamicOf();
    let inner: Supervisor | undefined;
    const makeInner: StartChild = (host) => {
      dynamic = dynamicOf();
      const children = [leaf, { id: 'dyn', type: 'supervisor', start: subtree(dynamic) } as const];
      inner = stage.supervisor({ children, intensity: { intensity: 0 } }, 'inner');
      return subtree(inner)(host);
    };
    const outer = await stage.started({
      strategy: 'one_for_all',
      children: [stage.spec('first'), { id: 'inner', type: 'supervisor', start: makeInner }],
    });
    await dynamic.startChild();
    expect(dynamic.countChildren().active).toBe(1);
    await stage.exit('leaf');
    expect(statuses(outer)).toEqual({ first: 'running', inner: 'running' });
    expect(statuses(inner as Supervisor)).toEqual({ leaf: 'running', dyn: 'running' });
    expect(dynamic.countChildren().active).toBe(0);
    expect(stage.puppet('first').starts).toBe(2);
  });
});
