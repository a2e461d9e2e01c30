import { describe, expect, it } from 'vitest';
import type { GateAnswer, RestartGate } from '../../src/model/index.ts';
import { Stage, statuses } from './supervision-stage.ts';

/** A breaker in small: one probe at a time while it is half open. */
class SmallBreaker implements RestartGate {
  state: 'closed' | 'open' | 'half_open' = 'open';
  readonly probes: string[] = [];
  #probing = false;

  admit(): GateAnswer {
    if (this.state === 'closed') return { retryAfter: 0, settle: () => {} };
    if (this.state === 'open' || this.#probing) return { retryAfter: 100 };
    this.#probing = true;
    return {
      retryAfter: 0,
      settle: (outcome) => {
        this.#probing = false;
        if (outcome === 'cancelled') return;
        this.probes.push(outcome);
        this.state = outcome === 'success' ? 'closed' : 'open';
      },
    };
  }
}

describe('supervision: beyond OTP', () => {
  it('S32 waits between restarts, longer each time, with jitter, and begins anew after a healthy time', async () => {
    const stage = new Stage();
    const backOff = {
      initial: 100,
      factor: 2,
      max: 400,
      jitter: 'full',
      resetAfter: 5_000,
    } as const;
    const children = [stage.spec('a', { backOff }), stage.spec('b')];
    const intensity = { intensity: 1_000, period: 1_000 };
    const supervisor = await stage.started({ children, intensity });
    const waits: number[] = [];
    const restart = async () => {
      await stage.exit('a');
      const { starts } = stage.puppet('a');
      const from = stage.clock.now();
      while (stage.puppet('a').starts === starts) await stage.clock.advance(1);
      waits.push(stage.clock.now() - from);
    };
    for (let i = 0; i < 4; i++) await restart();
    stage.chance = 0.25;
    await restart();
    await stage.clock.advance(5_000);
    await restart();
    expect(waits).toEqual([50, 100, 200, 200, 100, 25]);
    expect(statuses(supervisor)).toEqual({ a: 'running', b: 'running' });
  });

  it('S32 a delayed restart blocks nobody: siblings restart, children come, and it can be cancelled', async () => {
    const stage = new Stage();
    const backOff = { initial: 1_000, jitter: 'none' } as const;
    const supervisor = await stage.started({
      children: [stage.spec('a', { backOff }), stage.spec('b')],
    });
    await stage.exit('a');
    await stage.exit('b');
    await supervisor.startChild(stage.spec('c'));
    expect(statuses(supervisor)).toEqual({ a: 'restarting', b: 'running', c: 'running' });
    await supervisor.terminateChild('a');
    expect(stage.clock.pending).toBe(0);
    await supervisor.restartChild('a');
    expect(statuses(supervisor)).toMatchObject({ a: 'running' });
  });

  it('S32 the group waits with the one that failed, and goes on without it when that is cancelled', async () => {
    const stage = new Stage();
    const backOff = { initial: 1_000, jitter: 'none' } as const;
    const children = [stage.spec('a'), stage.spec('b', { backOff }), stage.spec('c')];
    const supervisor = await stage.started({ strategy: 'rest_for_one', children });
    await stage.exit('b');
    expect(statuses(supervisor)).toEqual({ a: 'running', b: 'restarting', c: 'restarting' });
    await supervisor.terminateChild('b');
    await stage.clock.advance(0);
    expect(statuses(supervisor)).toEqual({ a: 'running', b: 'stopped', c: 'running' });
  });

  it('S32 an earlier failure takes over a later one that waits', async () => {
    const stage = new Stage();
    const backOff = { initial: 1_000, jitter: 'none' } as const;
    const children = [stage.spec('a'), stage.spec('b', { backOff }), stage.spec('c')];
    const supervisor = await stage.started({ strategy: 'rest_for_one', children });
    await stage.exit('b');
    await stage.exit('a');
    expect(statuses(supervisor)).toEqual({ a: 'running', b: 'running', c: 'running' });
    await stage.clock.advance(5_000);
    expect(stage.puppet('b').starts).toBe(2);
    expect(stage.clock.pending).toBe(0);
  });

  it('S33 a per-child budget quarantines one bad child without escalating its group', async () => {
    const stage = new Stage();
    const budget = { intensity: 2, period: 1_000 };
    const children = [stage.spec('bad', { budget }), stage.spec('good')];
    const intensity = { intensity: 1, period: 1_000 };
    const supervisor = await stage.started({ children, intensity });
    for (let i = 0; i < 3; i++) await stage.exit('bad');
    expect(statuses(supervisor)).toEqual({ bad: 'quarantined', good: 'running' });
    expect(stage.events).toContainEqual(
      expect.objectContaining({ type: 'child.quarantined', child: 'bad' }),
    );
    await stage.exit('good');
    expect(supervisor.status).toBe('running');
    await supervisor.restartChild('bad');
    await stage.exit('bad');
    expect(statuses(supervisor)).toEqual({ bad: 'running', good: 'running' });
  });

  it('S34 an open breaker holds the restart and spends no budget; half-open starts one probe', async () => {
    const stage = new Stage();
    const breaker = new SmallBreaker();
    const children = [
      stage.spec('a', { gate: breaker, failsFrom: 2, failsUntil: 2 }),
      stage.spec('b', { gate: breaker }),
    ];
    const supervisor = await stage.started({ children, intensity: { intensity: 0 } });
    await stage.exit('a');
    await stage.exit('b');
    await stage.clock.advance(1_000);
    expect(statuses(supervisor)).toEqual({ a: 'restarting', b: 'restarting' });
    expect([stage.puppet('a').starts, stage.puppet('b').starts]).toEqual([1, 1]);
    // One of them is the probe; it fails, and that opens the breaker again.
    breaker.state = 'half_open';
    await stage.clock.advance(100);
    expect(breaker.probes).toEqual(['failure']);
    expect([stage.puppet('a').starts, stage.puppet('b').starts]).toEqual([2, 1]);
    expect(breaker.state).toBe('open');
    breaker.state = 'half_open';
    await stage.clock.advance(200);
    expect(statuses(supervisor)).toEqual({ a: 'running', b: 'running' });
    expect(breaker.probes.slice(0, 2)).toEqual(['failure', 'success']);
    expect(supervisor.status).toBe('running');
    // Closed, it lets everything through, and that counts as ever.
    await stage.exit('a');
    expect(await supervisor.ended).toMatchObject({ error: { code: 'RestartIntensityExceeded' } });
  });

  it('S35 a worker’s hang, OOM, exit code and failed handshake arrive as exit reasons', async () => {
    for (const kind of ['hung', 'out_of_memory', 'exited', 'handshake_failed'] as const) {
      const stage = new Stage();
      const supervisor = await stage.started({
        children: [stage.spec('a', { restart: 'transient' })],
      });
      await stage.exit('a', { kind });
      expect(statuses(supervisor)).toEqual({ a: 'running' });
      expect(stage.reports).toMatchObject([{ context: 'child_terminated', reason: { kind } }]);
      expect(supervisor.tree().children?.[0]?.history).toMatchObject([{ reason: kind }]);
    }
  });

  it('S36 leaves no timer behind on the virtual clock that all of this runs on', async () => {
    const stage = new Stage();
    const backOff = { initial: 1_000, jitter: 'none' } as const;
    const children = [stage.spec('a', { backOff }), stage.spec('b', { stubborn: true })];
    const supervisor = await stage.started({ children });
    await stage.exit('a');
    expect(stage.clock.pending).toBe(1);
    supervisor.stop();
    await stage.clock.advance(5_000);
    await supervisor.ended;
    expect(stage.clock.pending).toBe(0);
  });
});
