import { describe, expect, it } from 'vitest';
import type { ChildHost } from '../../actors/child.ts';
import type { ChildShutdown, ExitReason } from '../../src/model/index.ts';
import { SHUTDOWN } from '../../src/model/index.ts';
import { crash, Stage, statuses } from './supervision-stage.ts';

/** Milliseconds that a killed child has to be gone. */
const KILL_TIME = 5_000;

/** A child that neither `stop` nor `kill` ends, and the ends of its lives in the test's hand. */
function undead(id: string, shutdown: ChildShutdown) {
  const exits: ((reason: ExitReason) => void)[] = [];
  let kills = 0;
  const start = ({ exited }: ChildHost) => {
    exits.push(exited);
    return { stop() {}, kill: () => void kills++ };
  };
  return { exits, kills: () => kills, spec: { id, start, shutdown } };
}

describe('supervision: a child that survives its kill', () => {
  it.each([
    ['overdue', 70, 70],
    ['of brutal_kill', 'brutal_kill', 0],
  ] as const)('is written off after 5,000 ms, %s, and reported', async (_, shutdown, after) => {
    const stage = new Stage();
    const { spec, kills } = undead('a', shutdown);
    const supervisor = await stage.started({ children: [spec] });
    let isOver = false;
    void supervisor.terminateChild('a').then(() => {
      isOver = true;
    });
    await stage.clock.advance(after + KILL_TIME - 1);
    expect([isOver, kills()]).toEqual([false, 1]);
    await stage.clock.advance(1);
    expect(isOver).toBe(true);
    expect(statuses(supervisor)).toEqual({ a: 'stopped' });
    const message = 'a was killed and did not exit within 5000 ms: it was written off';
    expect(stage.reports).toMatchObject([
      { context: 'shutdown_error', reason: { kind: 'killed', error: { message } } },
    ]);
  });

  it('is nobody any more: its late exit is not that of the next life', async () => {
    const stage = new Stage();
    const { spec, exits } = undead('a', 'brutal_kill');
    const supervisor = await stage.started({ children: [spec] });
    const terminated = supervisor.terminateChild('a');
    await stage.clock.advance(KILL_TIME);
    await terminated;
    await supervisor.restartChild('a');
    exits[0]?.(crash);
    await stage.clock.advance(0);
    expect(statuses(supervisor)).toEqual({ a: 'running' });
    expect(exits).toHaveLength(2);
    exits[1]?.(crash);
    await stage.clock.advance(0);
    expect(exits).toHaveLength(3);
  });

  it('holds up neither the restart of its group nor the end of its supervisor for good', async () => {
    const stage = new Stage();
    const { spec, exits } = undead('b', 100);
    const children = [stage.spec('a'), spec];
    const supervisor = await stage.started({ strategy: 'one_for_all', children });
    await stage.exit('a');
    await stage.clock.advance(100 + KILL_TIME);
    expect(statuses(supervisor)).toEqual({ a: 'running', b: 'running' });
    expect(exits).toHaveLength(2);
    supervisor.stop();
    await stage.clock.advance(100 + KILL_TIME);
    expect(await supervisor.ended).toEqual(SHUTDOWN);
  });

  it('does not outlast the kill of its supervisor, whatever time it has to stop', async () => {
    const stage = new Stage();
    const { spec } = undead('a', 'infinity');
    const supervisor = await stage.started({ children: [stage.spec('b'), spec] });
    supervisor.kill();
    await stage.clock.advance(KILL_TIME);
    expect(await supervisor.ended).toEqual(SHUTDOWN);
  });

  it('is not written off when it ends in time, and no timer is left of it', async () => {
    const stage = new Stage();
    const { spec, exits } = undead('a', 'brutal_kill');
    const supervisor = await stage.started({ children: [spec] });
    const terminated = supervisor.terminateChild('a');
    await stage.clock.advance(KILL_TIME - 1);
    exits[0]?.({ kind: 'killed' });
    await terminated;
    await supervisor.restartChild('a');
    await stage.clock.advance(KILL_TIME);
    expect(statuses(supervisor)).toEqual({ a: 'running' });
    expect(stage.reports).toEqual([]);
  });
});
