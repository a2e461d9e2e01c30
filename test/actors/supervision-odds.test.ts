import { describe, expect, it } from 'vitest';
import { type AnyActorRef, sendParent, setup } from 'xstate';
import type { RunningChild, StartChild } from '../../actors/child.ts';
import { Supervisor, type SupervisorOptions } from '../../actors/supervisor.ts';
import { subtree } from '../../actors/tree.ts';
import { type ExitReason, type RuntimeEvent, SHUTDOWN } from '../../src/model/index.ts';
import { type Down, monitor } from '../../src/statechart/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import { gate } from '../support/gate.ts';
import { rejection } from '../support/rejection.ts';
import { crash, statuses } from './supervision-stage.ts';

/** What children, gates and commanders may do that nobody expects of them. */

/** Children by their id, each as told: how it starts this time, and how it stops. */
class Stage {
  readonly clock = new VirtualClock();
  readonly events: RuntimeEvent[] = [];
  readonly log: string[] = [];
  readonly #exits = new Map<string, (reason: ExitReason) => void>();
  /** What the next starts of a child do instead of starting. */
  readonly starts = new Map<string, (() => unknown)[]>();

  start(id: string, more: Partial<RunningChild> = {}): StartChild {
    return async ({ exited }) => {
      await this.starts.get(id)?.shift()?.();
      this.#exits.set(id, exited);
      this.log.push(`start ${id}`);
      return {
        stop: () => exited(SHUTDOWN),
        kill: () => exited({ kind: 'killed' }),
        ...more,
      };
    };
  }

  async started(options: Partial<SupervisorOptions>, id = 'sup'): Promise<Supervisor> {
    const { clock, events } = this;
    const sink = { publish: (event: RuntimeEvent) => void events.push(event) };
    const environment = { clock, random: { next: () => 0.5 }, sink };
    const intensity = { intensity: 10, period: 1_000 };
    const strategy = 'one_for_all';
    const supervisor = new Supervisor({ id, strategy, intensity, ...environment, ...options });
    await supervisor.start();
    this.log.length = 0;
    return supervisor;
  }

  async exit(id: string, reason = crash): Promise<void> {
    this.#exits.get(id)?.(reason);
    await this.clock.advance(0);
  }
}

const fail = () => {
  throw new Error('no start');
};

describe('supervision: a group that waits', () => {
  const backOff = { initial: 100, jitter: 'none' } as const;

  /** Its `a` has crashed and comes back in a while; until then, `b` is stopped. */
  async function waiting() {
    const stage = new Stage();
    const children = [
      { id: 'a', start: stage.start('a'), backOff },
      { id: 'b', start: stage.start('b') },
    ];
    const supervisor = await stage.started({ children });
    await stage.exit('a');
    return { stage, supervisor };
  }

  it('goes on without a member that is quarantined, whether it began or not', async () => {
    const stage = new Stage();
    const budget = { intensity: 1, period: 1_000 };
    const children = [
      { id: 'a', start: stage.start('a') },
      { id: 'b', start: stage.start('b'), budget },
      { id: 'c', start: stage.start('c') },
    ];
    const supervisor = await stage.started({ children });
    stage.starts.set('b', [fail, fail]);
    await stage.exit('a');
    expect(statuses(supervisor)).toEqual({ a: 'running', b: 'quarantined', c: 'running' });
    await supervisor.restartChild('b');
    stage.starts.set('b', [fail, fail]);
    await stage.exit('b');
    expect(statuses(supervisor)).toEqual({ a: 'running', b: 'quarantined', c: 'running' });
  });

  it('goes on without a member whose start hangs and is terminated', async () => {
    const stage = new Stage();
    const children = ['a', 'b', 'c'].map((id) => ({ id, start: stage.start(id), shutdown: 50 }));
    const supervisor = await stage.started({ children });
    stage.starts.set('b', [() => new Promise(() => {})]);
    await stage.exit('a');
    expect(statuses(supervisor)).toEqual({ a: 'running', b: 'starting', c: 'restarting' });
    const terminated = supervisor.terminateChild('b');
    await stage.clock.advance(50);
    await terminated;
    await stage.clock.advance(0);
    expect(statuses(supervisor)).toEqual({ a: 'running', b: 'stopped', c: 'running' });
  });

  it('goes on when the one that crashed is terminated: as it waits, and while others stop', async () => {
    const stage = new Stage();
    const slow = { stop: () => void stage.clock.setTimeout(() => stage.exit('b', SHUTDOWN), 200) };
    const children = [
      { id: 'a', start: stage.start('a'), backOff },
      { id: 'b', start: stage.start('b', slow) },
    ];
    const supervisor = await stage.started({ children });
    await stage.exit('a');
    const terminated = supervisor.terminateChild('a');
    await stage.clock.advance(200);
    await terminated;
    await stage.clock.advance(0);
    expect(statuses(supervisor)).toEqual({ a: 'stopped', b: 'running' });
    await supervisor.restartChild('a');
    await stage.exit('a');
    await stage.clock.advance(200);
    expect(statuses(supervisor)).toEqual({ a: 'restarting', b: 'restarting' });
    await supervisor.terminateChild('a');
    await stage.clock.advance(0);
    expect(statuses(supervisor)).toEqual({ a: 'stopped', b: 'running' });
  });

  it('is terminated behind another command when its time comes', async () => {
    const { stage, supervisor } = await waiting();
    const c = gate();
    stage.starts.set('c', [() => c.passed]);
    const added = supervisor.startChild({ id: 'c', start: stage.start('c') });
    await stage.clock.advance(100);
    const terminated = supervisor.terminateChild('a');
    c.open();
    await added;
    await terminated;
    await stage.clock.advance(0);
    expect(statuses(supervisor)).toEqual({ a: 'stopped', b: 'running', c: 'running' });
  });

  it('stays the group that it was when it is reconfigured meanwhile', async () => {
    const { stage, supervisor } = await waiting();
    supervisor.reconfigure({ strategy: 'one_for_one' });
    await stage.clock.advance(100);
    expect(statuses(supervisor)).toEqual({ a: 'running', b: 'running' });
  });
});

describe('supervision: significant children', () => {
  it('count as there while they are to be restarted, or not yet started', async () => {
    const stage = new Stage();
    const backOff = { initial: 100, jitter: 'none' } as const;
    const spec = { restart: 'transient', significant: true } as const;
    const children = [
      { id: 'a', start: stage.start('a'), ...spec, backOff },
      { id: 'b', start: stage.start('b'), ...spec },
    ];
    const options = { autoShutdown: 'all_significant', strategy: 'one_for_one', children } as const;
    stage.starts.set('b', [() => stage.exit('a', { kind: 'normal' })]);
    const supervisor = await stage.started(options);
    await stage.clock.advance(0);
    expect(statuses(supervisor)).toEqual({ a: 'stopped', b: 'running' });
    await supervisor.restartChild('a');
    await stage.exit('a');
    await stage.exit('b', { kind: 'normal' });
    expect(supervisor.status).toBe('running');
    await stage.clock.advance(100);
    await stage.exit('a', { kind: 'normal' });
    expect(await supervisor.ended).toEqual(SHUTDOWN);
  });
});

describe('supervision: children that misbehave', () => {
  const thrower = () => {
    throw new Error('will not');
  };

  it('throw as they are to stop, and even as they are killed', async () => {
    const stage = new Stage();
    const children = [
      { id: 'first', start: stage.start('first') },
      { id: 'both', start: stage.start('both', { stop: thrower, kill: thrower }) },
      { id: 'stop', start: stage.start('stop', { stop: thrower }) },
      { id: 'kill', start: stage.start('kill', { stop: () => {}, kill: thrower }), shutdown: 10 },
    ];
    const supervisor = await stage.started({ children });
    supervisor.stop();
    await stage.clock.advance(10);
    expect(await supervisor.ended).toEqual(SHUTDOWN);
    expect(supervisor.countChildren().active).toBe(0);
    const reports = stage.events.filter(({ type }) => type === 'supervisor.report');
    expect(reports).toMatchObject([
      { context: 'shutdown_error', offender: { id: 'kill' } },
      { context: 'shutdown_error', offender: { id: 'stop' }, reason: { kind: 'error' } },
      { context: 'shutdown_error', offender: { id: 'both' }, reason: { kind: 'error' } },
    ]);
    expect(stage.clock.pending).toBe(0);
  });

  it('fail as their start is aborted: that is no failed restart', async () => {
    const stage = new Stage();
    const obedient: StartChild = ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    let start: StartChild = stage.start('a');
    const children = [{ id: 'a', start: ((host) => start(host)) as StartChild }];
    const intensity = { intensity: 1, period: 1_000 };
    const supervisor = await stage.started({ children, intensity });
    start = obedient;
    await stage.exit('a');
    await supervisor.terminateChild('a');
    expect(supervisor.status).toBe('running');
    expect(statuses(supervisor)).toEqual({ a: 'stopped' });
  });

  it('come up when nobody waits for them any more: they are stopped', async () => {
    const stage = new Stage();
    const log: string[] = [];
    const late = (made: unknown): StartChild => {
      return () =>
        new Promise((resolve) => stage.clock.setTimeout(() => resolve(made as never), 400));
    };
    const supervisor = await stage.started({});
    const service = {
      start: () =>
        new Promise((resolve) => {
          stage.clock.setTimeout(() => resolve({ stop: () => void log.push('closed') }), 400);
        }),
    };
    for (const [id, start] of Object.entries({ service, nothing: late(undefined) })) {
      const starting = rejection(
        supervisor.startChild({ id, start, shutdown: 100 }),
        'InvalidState',
      );
      await stage.clock.advance(0);
      const terminated = supervisor.terminateChild(id);
      await stage.clock.advance(100);
      await terminated;
      await starting;
    }
    await stage.clock.advance(1_000);
    expect(log).toEqual(['closed']);
  });

  it('leave nothing of a subtree that is abandoned as it starts', async () => {
    const stage = new Stage();
    const { clock } = stage;
    const supervisor = await stage.started({});
    let alive = 0;
    const counted: StartChild = ({ exited }) => {
      alive++;
      const end = () => {
        alive--;
        exited(SHUTDOWN);
      };
      return { stop: end, kill: end };
    };
    const hang: StartChild = () => new Promise(() => {});
    const inner = new Supervisor({
      id: 'inner',
      strategy: 'one_for_one',
      children: [
        { id: 'x', start: counted },
        { id: 'h', start: hang, shutdown: 'infinity' },
      ],
      clock,
      random: { next: () => 0 },
      sink: { publish() {} },
    });
    const spec = { id: 'inner', type: 'supervisor', start: subtree(inner), shutdown: 100 } as const;
    const starting = rejection(supervisor.startChild(spec), 'InvalidState');
    await clock.advance(0);
    expect(alive).toBe(1);
    const terminated = supervisor.terminateChild('inner');
    await clock.advance(100);
    await terminated;
    await starting;
    await clock.advance(0);
    expect(alive).toBe(0);
  });
});

describe('supervision: gates that misbehave', () => {
  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('bad gate');
      },
    ],
    ['answers nothing', () => undefined],
    ['answers no number', () => ({ retryAfter: Number.NaN })],
    [
      'throws as it is told',
      () => ({
        retryAfter: 0,
        settle: () => {
          throw new Error('bad gate');
        },
      }),
    ],
  ])('hold nobody back when one %s', async (_, admit) => {
    const stage = new Stage();
    const gate = { admit } as never;
    const supervisor = await stage.started({
      children: [{ id: 'a', start: stage.start('a'), gate }],
    });
    await stage.exit('a');
    expect(statuses(supervisor)).toEqual({ a: 'running' });
    expect(stage.log).toEqual(['start a']);
  });

  it('are asked again after the longest wait there is when one says never', async () => {
    const stage = new Stage();
    const gate = { admit: () => ({ retryAfter: Number.POSITIVE_INFINITY }) };
    const supervisor = await stage.started({
      children: [{ id: 'a', start: stage.start('a'), gate }],
    });
    await stage.exit('a');
    await stage.clock.advance(1_000_000);
    expect(statuses(supervisor)).toEqual({ a: 'restarting' });
    supervisor.stop();
    expect(await supervisor.ended).toEqual(SHUTDOWN);
  });
});

describe('supervision: commands that are none', () => {
  it('are refused', async () => {
    const stage = new Stage();
    const supervisor = await stage.started({});
    await rejection(supervisor.startChild(null as never), 'InvalidOption');
    const children = [{ id: 'd', start: stage.start('d') }];
    const dynamic = await stage.started({ strategy: 'dynamic', children });
    await rejection(dynamic.startChild(null as never), 'InvalidOption');
    // What is meant for a static supervisor, and would be passed over in silence.
    const spec = await rejection(dynamic.startChild({ ...children[0], id: 'b' }), 'InvalidOption');
    expect(spec.message).toContain('child.start must be left out: the options are id, args');
    await rejection(dynamic.startChild({ id: '' }), 'InvalidOption');
    await rejection(
      supervisor.startChild({ id: 'b', start: stage.start('b'), args: 5 }),
      'InvalidOption',
    );
  });
});

describe('supervision: what is told', () => {
  const machine = setup({}).createMachine({
    on: { STOP_PARENT: { actions: sendParent({ type: 'xstate.stop' }) }, '*': {} },
  });

  it('is killed, of an actor that is killed', async () => {
    const stage = new Stage();
    const children = [{ id: 'a', start: machine, shutdown: 'brutal_kill' } as const];
    const supervisor = await stage.started({ children });
    const seen: Down[] = [];
    monitor(supervisor.whichChildren()[0]?.ref as AnyActorRef, (down) => seen.push(down));
    await supervisor.terminateChild('a');
    expect(seen).toMatchObject([{ reason: { kind: 'killed' } }]);
  });

  it('is no made-up event: a child cannot stop its supervisor', async () => {
    const stage = new Stage();
    const supervisor = await stage.started({ children: [{ id: 'a', start: machine }] });
    const [{ ref }] = supervisor.whichChildren() as unknown as [{ ref: AnyActorRef }];
    ref.send({ type: 'STOP_PARENT' });
    await stage.clock.advance(0);
    expect(statuses(supervisor)).toEqual({ a: 'running' });
    expect(stage.events).toMatchObject([
      { type: 'supervisor.report' },
      { type: 'child.restarted' },
    ]);
  });

  it('is bounded, however long the names of errors are', async () => {
    const stage = new Stage();
    await stage.started({ children: [{ id: 'a', start: stage.start('a') }] });
    const error = Object.assign(new Error('x'), { name: 'N'.repeat(1_000_000) });
    await stage.exit('a', { kind: 'error', error });
    expect(JSON.stringify(stage.events).length).toBeLessThan(20_000);
  });

  it('is escalated, of one that gave up', async () => {
    const stage = new Stage();
    const intensity = { intensity: 0, period: 1_000 };
    const supervisor = await stage.started({
      children: [{ id: 'a', start: stage.start('a') }],
      intensity,
    });
    await stage.exit('a');
    await supervisor.ended;
    expect(supervisor.status).toBe('escalated');
  });

  it('stays, of limits that a reconfiguration leaves out', async () => {
    const stage = new Stage();
    const intensity = { intensity: 1, period: 60_000 };
    const supervisor = await stage.started({
      children: [{ id: 'a', start: stage.start('a') }],
      intensity,
    });
    supervisor.reconfigure({ intensity: { intensity: 1 } });
    await stage.exit('a');
    await stage.clock.advance(30_000);
    await stage.exit('a');
    expect((await supervisor.ended).error).toMatchObject({ details: { period: 60_000 } });
  });
});
