import { describe, expect, it } from 'vitest';
import { type AnyActorRef, fromPromise, sendParent, setup } from 'xstate';
import { IGNORE, type StartChild } from '../../actors/child.ts';
import { actor } from '../../actors/child-start.ts';
import { Supervisor, type SupervisorOptions } from '../../actors/supervisor.ts';
import { subtree } from '../../actors/tree.ts';
import {
  type ExitReason,
  type GateAnswer,
  NORMAL,
  type PartialChildSpec,
  type Restart,
  type RestartGate,
  type RuntimeEvent,
  SHUTDOWN,
  type SupervisorReport,
  type TroupeError,
} from '../../src/model/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import { rejection } from '../support/rejection.ts';
import { thrown } from '../support/thrown.ts';
import { type Puppet, type PuppetOptions, puppet } from './fixtures.ts';

/**
 * OTP's semantics, case by case, on a virtual clock; `docs/supervision.md` has the same list in
 * prose. P, T, t: permanent, transient, temporary.
 */

const crash: ExitReason = { kind: 'error', error: new Error('crash') };

type Options = Partial<SupervisorOptions>;
type Spec = Partial<PartialChildSpec<StartChild>> & PuppetOptions;

/** A supervisor whose children are puppets, and everything that is seen of them. */
class Stage {
  readonly clock = new VirtualClock();
  readonly log: string[] = [];
  readonly events: RuntimeEvent[] = [];
  readonly puppets = new Map<string, Puppet>();
  readonly random = { next: () => this.chance };
  chance = 0.5;

  spec(id: string, { stubborn, failsFrom, failsUntil, ignores, ...spec }: Spec = {}) {
    const options: PuppetOptions = {
      ...(stubborn !== undefined && { stubborn }),
      ...(failsFrom !== undefined && { failsFrom }),
      ...(failsUntil !== undefined && { failsUntil }),
      ...(ignores !== undefined && { ignores }),
    };
    const own = puppet(id, this.log, options);
    this.puppets.set(id, own);
    return { id, start: own.start, ...spec };
  }

  supervisor(options: Options = {}, id = 'sup'): Supervisor {
    const { clock, random } = this;
    const sink = { publish: (event: RuntimeEvent) => void this.events.push(event) };
    return new Supervisor({ id, strategy: 'one_for_one', clock, random, sink, ...options });
  }

  async started(options: Options = {}): Promise<Supervisor> {
    const supervisor = this.supervisor(options);
    await supervisor.start();
    this.log.length = 0;
    return supervisor;
  }

  puppet(id: string): Puppet {
    return this.puppets.get(id) as Puppet;
  }

  async exit(id: string, reason: ExitReason = crash): Promise<void> {
    this.puppet(id).exit(reason);
    await this.clock.advance(0);
  }

  get reports(): SupervisorReport[] {
    return this.events.flatMap((event) => (event.type === 'supervisor.report' ? [event] : []));
  }
}

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

function statuses(supervisor: Supervisor): Record<string, string> {
  return Object.fromEntries(supervisor.whichChildren().map(({ id, status }) => [id, status]));
}

describe('supervision: start', () => {
  it('S1 starts with no children; stops `shutdown`', async () => {
    const supervisor = await new Stage().started();
    expect(supervisor.status).toBe('running');
    expect(supervisor.countChildren()).toEqual({ specs: 0, active: 0, supervisors: 0, workers: 0 });
    supervisor.stop();
    expect(await supervisor.ended).toEqual(SHUTDOWN);
  });

  it.each<[Restart, boolean]>([
    ['permanent', true],
    ['transient', true],
    ['temporary', false],
  ])('S2 a %s start that says ignore keeps its spec: %s', async (restart, keeps) => {
    const stage = new Stage();
    const atStart = stage.supervisor({ children: [stage.spec('a', { ignores: true, restart })] });
    await atStart.start();
    expect(statuses(atStart)).toEqual(keeps ? { a: 'stopped' } : {});
    const later = await stage.started();
    const added = await later.startChild(stage.spec('b', { ignores: true, restart }));
    expect(added).toEqual({ id: 'b', ref: undefined, info: undefined });
    expect(statuses(later)).toEqual(keeps ? { b: 'stopped' } : {});
  });

  it('S2 a dynamic child that says ignore stores nothing', async () => {
    const stage = new Stage();
    const children = [stage.spec('a', { ignores: true })];
    const supervisor = await stage.started({ strategy: 'dynamic', children });
    expect(await supervisor.startChild()).toMatchObject({ ref: undefined });
    expect(supervisor.countChildren()).toMatchObject({ specs: 1, active: 0, workers: 0 });
  });

  it('S3 an invalid or throwing start gives a typed error, and the starter lives', async () => {
    const stage = new Stage();
    const failing = stage.supervisor({ children: [stage.spec('a', { failsFrom: 1 })] });
    const error = await rejection(failing.start(), 'StartFailed');
    expect(error.cause).toMatchObject({ message: 'a cannot start' });
    const supervisor = await stage.started();
    const bad = async (start: unknown) =>
      rejection(supervisor.startChild({ id: 'x', start: start as StartChild }), 'StartFailed');
    await bad(() => undefined);
    await bad(() => ({ stop() {} }));
    await bad({});
    await bad(async () => {
      throw 'a text';
    });
    expect(supervisor.status).toBe('running');
  });

  it('S4 addChild whose start fails keeps no spec; restartChild whose start fails keeps it', async () => {
    const stage = new Stage();
    const supervisor = await stage.started({ children: [stage.spec('a', { failsFrom: 2 })] });
    await rejection(supervisor.startChild(stage.spec('b', { failsFrom: 1 })), 'StartFailed');
    expect(statuses(supervisor)).toEqual({ a: 'running' });
    await supervisor.terminateChild('a');
    await rejection(supervisor.restartChild('a'), 'StartFailed');
    expect(statuses(supervisor)).toEqual({ a: 'stopped' });
  });

  it('S5 a static child that fails to start aborts the supervisor and names child and cause', async () => {
    const stage = new Stage();
    const children = [
      stage.spec('a'),
      stage.spec('b'),
      stage.spec('c', { failsFrom: 1 }),
      stage.spec('d'),
    ];
    const supervisor = stage.supervisor({ children });
    const error = await rejection(supervisor.start(), 'StartFailed');
    expect(error.message).toBe('sup: c did not start: c cannot start');
    expect(error).toMatchObject({ details: { supervisor: 'sup', child: 'c' } });
    await supervisor.ended;
    expect(stage.log).toEqual(['start a', 'start b', 'stop b', 'stop a']);
    expect(stage.reports).toMatchObject([{ context: 'start_error' }, { context: 'shutdown' }]);
  });
});

describe('supervision: specs', () => {
  it('S6 defaults: permanent; shutdown 5,000 ms for a worker, infinity for a supervisor', async () => {
    const stage = new Stage();
    const children = [stage.spec('w'), stage.spec('s', { type: 'supervisor' })];
    const supervisor = await stage.started({ children });
    expect(supervisor.getChildSpec('w')).toMatchObject({ restart: 'permanent', shutdown: 5_000 });
    expect(supervisor.getChildSpec('s')).toMatchObject({
      restart: 'permanent',
      shutdown: 'infinity',
    });
  });

  it.each<[string, object]>([
    ['id', { id: 5 }],
    ['start', { start: null }],
    ['restart', { restart: 'always' }],
    ['shutdown', { shutdown: -1 }],
    ['type', { type: 'actor' }],
    ['significant', { significant: 1 }],
    ['backOff.initial', { backOff: { initial: -1 } }],
  ])('S7 a bad %s has its own error', async (field, wrong) => {
    const stage = new Stage();
    const children = [{ ...stage.spec('a'), ...wrong } as never];
    const error = thrown(() => stage.supervisor({ children }), 'InvalidOption');
    expect(error.details.field).toMatch(new RegExp(`(^|: )${field}$`));
    const supervisor = await stage.started();
    await rejection(supervisor.startChild(children[0] as never), 'InvalidOption');
  });

  it('S8 duplicate ids are rejected; a dynamic supervisor takes exactly one template', async () => {
    const stage = new Stage();
    const children = [stage.spec('a'), stage.spec('a')];
    thrown(() => stage.supervisor({ children }), 'DuplicateId');
    const two = [stage.spec('a'), stage.spec('b')];
    thrown(() => stage.supervisor({ strategy: 'dynamic', children: two }), 'InvalidOption');
    const none = await stage.started({ strategy: 'dynamic' });
    await rejection(none.startChild(), 'InvalidOption');
  });

  it.each<[string, object]>([
    ['strategy', { strategy: 'one_for_two' }],
    ['intensity', { intensity: { intensity: -1 } }],
    ['intensity', { intensity: { intensity: 1.5 } }],
    ['period', { intensity: { period: 0 } }],
    ['period', { intensity: { period: Number.NaN } }],
    ['autoShutdown', { autoShutdown: 'sometimes' }],
    ['maxChildren', { maxChildren: -1 }],
  ])('S9 a bad %s is rejected', (field, options) => {
    const error = thrown(() => new Stage().supervisor(options as Options), 'InvalidOption');
    expect(error.details.field).toBe(field);
  });

  it('S10 rejects significant with permanent, or under no auto-shutdown, and auto-shutdown on dynamic', () => {
    const stage = new Stage();
    const significant = (restart: Restart) => [stage.spec('a', { restart, significant: true })];
    const auto = { autoShutdown: 'any_significant' } as const;
    thrown(
      () => stage.supervisor({ ...auto, children: significant('permanent') }),
      'InvalidOption',
    );
    thrown(() => stage.supervisor({ children: significant('transient') }), 'InvalidOption');
    thrown(() => stage.supervisor({ ...auto, strategy: 'dynamic' }), 'InvalidOption');
    expect(stage.supervisor({ ...auto, children: significant('transient') }).size).toBe(1);
  });
});

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

  it('S14 dynamic: terminate by instance only; a dead one is ok; a foreign one is left alone', async () => {
    const stage = new Stage();
    const make = () => stage.started({ strategy: 'dynamic', children: [stage.spec('a')] });
    const [one, other] = [await make(), await make()];
    const first = await one.startChild();
    const foreign = await other.startChild();
    await rejection(one.terminateChild('a-1'), 'InvalidOption');
    await rejection(one.terminateChild(foreign.ref), 'ChildNotFound');
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
    expect(JSON.stringify([supervisor.whichChildren(), supervisor.restartsLeft])).toBe(before);
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

describe('supervision: against odds', () => {
  it('hears no commands from its children', async () => {
    const stage = new Stage();
    const rude = setup({}).createMachine({
      on: { ASK: { actions: ['STOP', 'STOPPED', 'STARTED'].map((type) => sendParent({ type })) } },
    });
    const supervisor = await stage.started({ children: [{ id: 'rude', start: rude }] });
    const [{ ref }] = supervisor.whichChildren() as unknown as [{ ref: AnyActorRef }];
    ref.send({ type: 'ASK' });
    await stage.clock.advance(0);
    expect(supervisor.status).toBe('running');
    supervisor.stop();
    expect(await supervisor.ended).toEqual(SHUTDOWN);
  });

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
      for (let i = 0; i < 3_500; i++) await supervisor.startChild({ id: `${i}`, start: quiet });
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
});

describe('supervision: what may be a child', () => {
  const machine = setup({}).createMachine({
    initial: 'on',
    states: { on: { on: { END: 'off' } }, off: { type: 'final' } },
  });

  it('is any actor logic: machines, promises, with input', async () => {
    const stage = new Stage();
    const promise = fromPromise<string, string>(async ({ input }) => input);
    const supervisor = await stage.started({
      children: [
        { id: 'machine', start: machine, restart: 'transient' },
        { id: 'promise', start: actor(promise, 'x'), restart: 'temporary' },
      ],
    });
    expect(supervisor.tree().children?.[0]).toMatchObject({ id: 'machine', status: 'on' });
    await stage.clock.advance(0);
    expect(supervisor.whichChildren().map(({ id }) => id)).toEqual(['machine']);
  });

  it('is a plain service, whose start may take its time and be aborted', async () => {
    const stage = new Stage();
    const log: string[] = [];
    const supervisor = await stage.started({
      children: [
        {
          id: 'server',
          start: {
            start: async (signal: AbortSignal) => {
              await Promise.resolve();
              log.push(`listening ${signal.aborted}`);
              return { stop: () => void log.push('closed') };
            },
          },
        },
      ],
    });
    supervisor.stop();
    await supervisor.ended;
    expect(log).toEqual(['listening false', 'closed']);
  });

  it('may have more to tell of its start', async () => {
    const stage = new Stage();
    const start: StartChild = ({ exited, args }) => ({
      ref: 'ref',
      info: { port: 80, args },
      stop: () => exited(SHUTDOWN),
      kill: () => exited(SHUTDOWN),
    });
    const supervisor = await stage.started();
    expect(await supervisor.startChild({ id: 'a', start })).toEqual({
      id: 'a',
      ref: 'ref',
      info: { port: 80, args: undefined },
    });
    const dynamic = await stage.started({ strategy: 'dynamic', children: [{ id: 'd', start }] });
    expect(await dynamic.startChild({ id: 'one', args: 5 })).toMatchObject({
      id: 'one',
      info: { args: 5 },
    });
  });

  it('may choose to be none', () => {
    expect(typeof IGNORE).toBe('symbol');
  });

  it('are no more than the limit of a dynamic supervisor', async () => {
    const stage = new Stage();
    const children = [stage.spec('d')];
    const supervisor = await stage.started({ strategy: 'dynamic', children, maxChildren: 2 });
    await supervisor.startChild();
    const second = await supervisor.startChild();
    await rejection(supervisor.startChild(), 'Overloaded');
    await supervisor.terminateChild(second.ref);
    await supervisor.startChild();
  });
});
