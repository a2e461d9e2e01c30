import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { service } from '../../actors/child.ts';
import { Supervisor, type SupervisorOptions } from '../../actors/supervisor.ts';
import { subtree } from '../../actors/tree.ts';
import type { Restart, RuntimeEvent, Strategy } from '../../src/model/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import { gate } from '../support/gate.ts';
import { rejection } from '../support/rejection.ts';
import { type PuppetOptions, puppet } from './fixtures.ts';

const random = { next: () => 0 };
const crash = { kind: 'error', error: new Error('crash') } as const;

/** One that nobody hears of, on a clock of its own, unless it is told otherwise. */
function quiet(options: Partial<SupervisorOptions> = {}): Supervisor {
  return new Supervisor({
    id: 's',
    strategy: 'one_for_one',
    clock: new VirtualClock(),
    random,
    sink: { publish() {} },
    ...options,
  });
}

function family(strategy: Strategy, restart: Restart = 'permanent', options: PuppetOptions = {}) {
  const clock = new VirtualClock();
  const log: string[] = [];
  const events: RuntimeEvent[] = [];
  const puppets = ['a', 'b', 'c'].map((id) => puppet(id, log, options));
  const supervisor = new Supervisor({
    id: 'family',
    strategy,
    intensity: { intensity: 2, period: 1_000 },
    clock,
    random,
    sink: { publish: (event) => events.push(event) },
    children: puppets.map(({ start }, i) => ({
      id: 'abc'.charAt(i),
      start,
      restart,
      shutdown: 100,
    })),
  });
  const [a, b, c] = puppets as [(typeof puppets)[0], (typeof puppets)[0], (typeof puppets)[0]];
  return { clock, log, events, supervisor, a, b, c };
}

describe('Supervisor', () => {
  it('starts in order and stops in reverse', async () => {
    const { supervisor, log } = family('one_for_one');
    expect(supervisor.status).toBe('idle');
    await supervisor.start();
    expect(supervisor.status).toBe('running');
    supervisor.stop();
    expect(await supervisor.ended).toEqual({ kind: 'shutdown' });
    expect(log).toEqual(['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a']);
    expect(supervisor.status).toBe('stopped');
  });

  it.each([
    ['one_for_one', ['start b']],
    ['rest_for_one', ['stop c', 'start b', 'start c']],
    ['one_for_all', ['stop c', 'stop a', 'start a', 'start b', 'start c']],
  ] as const)('%s replaces whom it should', async (strategy, expected) => {
    const { supervisor, log, b, clock } = family(strategy);
    await supervisor.start();
    log.length = 0;
    b.exit(crash);
    await clock.advance(0);
    expect(log).toEqual(expected);
  });

  it.each([
    ['permanent', 'normal', true],
    ['permanent', 'shutdown', true],
    ['permanent', 'error', true],
    ['transient', 'normal', false],
    ['transient', 'shutdown', false],
    ['transient', 'error', true],
    ['temporary', 'normal', false],
    ['temporary', 'error', false],
  ] as const)('a %s child that ends by %s is restarted: %s', async (restart, kind, restarted) => {
    const { supervisor, b, clock } = family('one_for_one', restart);
    await supervisor.start();
    b.exit({ kind });
    await clock.advance(0);
    expect(b.starts).toBe(restarted ? 2 : 1);
  });

  it('forgets a temporary child and keeps the others', async () => {
    const { supervisor, b, clock } = family('one_for_one', 'temporary');
    await supervisor.start();
    b.exit({ kind: 'normal' });
    await clock.advance(0);
    expect(supervisor.tree().children?.map(({ id }) => id)).toEqual(['a', 'c']);
    expect(supervisor.size).toBe(2);
  });

  it('gives up after more restarts than the intensity within the period', async () => {
    const { supervisor, log, a, clock, events } = family('one_for_one');
    await supervisor.start();
    for (let i = 0; i < 3; i++) {
      a.exit(crash);
      await clock.advance(10);
    }
    expect(await supervisor.ended).toMatchObject({
      kind: 'shutdown',
      error: {
        code: 'RestartIntensityExceeded',
        message: 'a ended (error) after 2 restarts within 1000 ms',
        cause: crash.error,
      },
    });
    expect(log.slice(-2)).toEqual(['stop c', 'stop b']);
    expect(
      events.map((event) => (event.type === 'supervisor.report' ? event.context : event.type)),
    ).toEqual([
      'child_terminated',
      'child.restarted',
      'child_terminated',
      'child.restarted',
      'child_terminated',
      'shutdown',
      'supervisor.escalated',
    ]);
  });

  it('bears any number of restarts that are spaced', async () => {
    const { supervisor, a, clock } = family('one_for_one');
    await supervisor.start();
    for (let i = 0; i < 10; i++) {
      a.exit(crash);
      await clock.advance(501);
    }
    expect(supervisor.status).toBe('running');
    expect(supervisor.tree().children?.[0]).toMatchObject({ id: 'a', restarts: 10, status: 'up' });
  });

  it('names the child that does not start, and stops those before it in reverse', async () => {
    const log: string[] = [];
    const [a, b, c] = [puppet('a', log), puppet('b', log, { failsFrom: 1 }), puppet('c', log)];
    const supervisor = quiet({
      id: 'family',
      children: [a, b, c].map(({ start }, i) => ({ id: 'abc'.charAt(i), start })),
    });
    const error = await rejection(supervisor.start(), 'StartFailed');
    expect(error.message).toBe('family: b did not start: b cannot start');
    await supervisor.ended;
    expect(log).toEqual(['start a', 'stop a']);
  });

  it('gives up when a restart itself fails', async () => {
    const { supervisor, a, clock } = family('one_for_one', 'permanent', { failsFrom: 2 });
    await supervisor.start();
    a.exit(crash);
    await clock.advance(0);
    expect(await supervisor.ended).toMatchObject({
      error: { code: 'RestartIntensityExceeded', cause: { code: 'StartFailed' } },
    });
    expect(a.starts).toBe(3);
  });

  it('kills a child that does not end in its time', async () => {
    const { supervisor, log, clock } = family('one_for_one', 'permanent', { stubborn: true });
    await supervisor.start();
    log.length = 0;
    supervisor.stop();
    await clock.advance(99);
    expect(log).toEqual(['stop c']);
    await clock.advance(1);
    expect(log).toEqual(['stop c', 'kill c', 'stop b']);
    await clock.advance(200);
    expect(await supervisor.ended).toEqual({ kind: 'shutdown' });
    expect(clock.pending).toBe(0);
  });

  it('kills all at once when it is killed', async () => {
    const { supervisor, log } = family('one_for_one', 'permanent', { stubborn: true });
    await supervisor.start();
    supervisor.kill();
    await supervisor.ended;
    expect(log.filter((line) => line.startsWith('kill'))).toEqual(['kill a', 'kill b', 'kill c']);
  });

  it('starts nothing more once it was stopped', async () => {
    const { supervisor, a, clock } = family('one_for_one');
    await supervisor.start();
    a.exit(crash);
    supervisor.stop();
    await clock.advance(0);
    await supervisor.ended;
    expect(a.starts).toBe(1);
  });

  it('stops in the middle of a start without leaving a child behind', async () => {
    const log: string[] = [];
    const ready = gate();
    const slow = puppet('slow', log);
    const supervisor = quiet({
      children: [
        {
          id: 'slow',
          start: async (host) => {
            await ready.passed;
            return slow.start(host);
          },
        },
        { id: 'never', start: puppet('never', log).start },
      ],
    });
    const start = supervisor.start();
    await Promise.resolve();
    await Promise.resolve();
    supervisor.stop();
    ready.open();
    await rejection(start, 'InvalidState');
    await supervisor.ended;
    expect(log).toEqual(['start slow', 'stop slow']);
  });

  it('refuses two children of one id and a bad spec', () => {
    const { start } = puppet('x', []);
    const make = (children: { id: string; start: typeof start; shutdown?: number }[]) => () =>
      quiet({ children });
    expect(
      make([
        { id: 'x', start },
        { id: 'x', start },
      ]),
    ).toThrow(/two children have the id "x"/);
    expect(make([{ id: '', start }])).toThrow(/id must be a text/);
    expect(make([{ id: 'x', start, shutdown: -1 }])).toThrow(/shutdown must be milliseconds/);
  });
});

describe('a nested Supervisor', () => {
  it('restarts as a child of its parent when it gives up, with its own children', async () => {
    const clock = new VirtualClock();
    const log: string[] = [];
    const leaf = puppet('leaf', log);
    const make = () =>
      quiet({
        id: 'inner',
        intensity: { intensity: 0 },
        clock,
        children: [{ id: 'leaf', start: leaf.start }],
      });
    const outer = quiet({
      id: 'outer',
      clock,
      children: [{ id: 'inner', type: 'supervisor', start: (host) => subtree(make())(host) }],
    });
    await outer.start();
    leaf.exit(crash);
    await clock.advance(0);
    expect(leaf.starts).toBe(2);
    expect(outer.tree()).toMatchObject({
      status: 'running',
      children: [
        { id: 'inner', type: 'supervisor', restarts: 1, children: [{ id: 'leaf', status: 'up' }] },
      ],
    });
  });
});

describe('a dynamic Supervisor', () => {
  const machine = setup({}).createMachine({
    initial: 'on',
    states: {
      on: {
        on: {
          END: 'off',
          BOOM: {
            actions: () => {
              throw new Error('boom');
            },
          },
        },
      },
      off: { type: 'final' },
    },
  });

  async function open() {
    const clock = new VirtualClock();
    const supervisor = quiet({ id: 'pool', strategy: 'dynamic', clock });
    await supervisor.start();
    return { supervisor, clock };
  }

  it('holds actors until they end', async () => {
    const { supervisor } = await open();
    const one = supervisor.spawn('one', machine, undefined, () => {});
    supervisor.spawn('two', machine, undefined, () => {});
    expect(supervisor.tree().children).toMatchObject([{ id: 'one', status: 'on' }, { id: 'two' }]);
    one.send({ type: 'END' });
    expect(supervisor.size).toBe(1);
  });

  it('tells of an actor that throws, and lives on', async () => {
    const { supervisor } = await open();
    const crashes: unknown[] = [];
    supervisor
      .spawn('one', machine, undefined, (error) => crashes.push(error))
      .send({ type: 'BOOM' });
    expect(crashes).toMatchObject([{ message: 'boom' }]);
    expect(supervisor.status).toBe('running');
    expect(supervisor.size).toBe(0);
  });

  it('refuses an id that is taken, and an actor when it does not run', async () => {
    const { supervisor } = await open();
    supervisor.spawn('one', machine, undefined, () => {});
    expect(() => supervisor.spawn('one', machine, undefined, () => {})).toThrow(
      /already has a running child one/,
    );
    supervisor.stop();
    await supervisor.ended;
    expect(() => supervisor.spawn('two', machine, undefined, () => {})).toThrow(/not running/);
  });

  it('stops its actors when it stops', async () => {
    const { supervisor } = await open();
    const one = supervisor.spawn('one', machine, undefined, () => {});
    supervisor.stop();
    await supervisor.ended;
    expect(one.getSnapshot().status).toBe('stopped');
  });
});

describe('a service as a child', () => {
  it('keeps the next sibling waiting until it has started', async () => {
    const log: string[] = [];
    const supervisor = quiet({
      children: [
        {
          id: 'slow',
          start: service({
            async start() {
              await null;
              log.push('slow started');
            },
            stop: () => void log.push('slow stopped'),
          }),
        },
        { id: 'next', start: puppet('next', log).start },
      ],
    });
    await supervisor.start();
    supervisor.stop();
    await supervisor.ended;
    expect(log).toEqual(['slow started', 'start next', 'stop next', 'slow stopped']);
  });

  it('is gone even when its stop fails', async () => {
    const supervisor = quiet({
      children: [{ id: 'bad', start: service({ stop: () => Promise.reject(new Error('stuck')) }) }],
    });
    await supervisor.start();
    supervisor.stop();
    expect(await supervisor.ended).toEqual({ kind: 'shutdown' });
  });
});
