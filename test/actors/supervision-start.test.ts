import { describe, expect, it } from 'vitest';
import type { StartChild } from '../../actors/child.ts';
import { type Restart, SHUTDOWN } from '../../src/model/index.ts';
import { rejection } from '../support/rejection.ts';
import { thrown } from '../support/thrown.ts';
import { type Options, Stage, statuses } from './supervision-stage.ts';

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
    const half = await bad(() => ({ stop() {} }));
    expect(half.message).toContain('start must be a function that gives { stop(), kill() }, or a');
    await bad({});
    await bad(async () => {
      throw 'a text';
    });
    expect(supervisor.status).toBe('running');
  });

  it('S3 a start may be any thenable, which is waited for', async () => {
    const stage = new Stage();
    const { start } = stage.spec('a');
    const later: StartChild = (host) => ({
      // biome-ignore lint/suspicious/noThenProperty: what is no native promise
      then: (...then) => Promise.resolve(start(host)).then(...then),
    });
    const supervisor = await stage.started();
    await supervisor.startChild({ id: 'a', start: later });
    expect(statuses(supervisor)).toEqual({ a: 'running' });
    await stage.exit('a');
    expect(stage.puppet('a').starts).toBe(2);
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
