import { describe, expect, it } from 'vitest';
import { type AnyActorRef, setup } from 'xstate';
import { type ChildHost, type Down, link, monitor, supervisor } from '../../src/index.ts';
import { rejection } from '../support/rejection.ts';
import { simulateTree } from './simulated.ts';

const machine = setup({
  types: { events: {} as { type: 'BOOM' } | { type: 'END' } },
}).createMachine({
  initial: 'on',
  states: {
    on: {
      on: {
        END: 'over',
        BOOM: {
          actions: () => {
            throw new Error('boom');
          },
        },
      },
    },
    over: { type: 'final' },
  },
});

const tell = (type: 'BOOM' | 'END') => (ref: unknown) => (ref as AnyActorRef).send({ type });
const boom = tell('BOOM');
const finish = tell('END');

describe('runtime.supervise', () => {
  it('puts a supervisor with its children into the tree, and ends it with the runtime', async () => {
    const { runtime, user } = await simulateTree();
    const log: string[] = [];
    const shop = await runtime.supervise({
      id: 'shop',
      strategy: 'one_for_one',
      children: [
        { id: 'till', start: machine },
        { id: 'sign', start: { stop: () => void log.push('dark') } },
        supervisor({ id: 'orders', strategy: 'dynamic', children: [{ id: 'o', start: machine }] }),
      ],
    });
    expect(shop.status).toBe('running');
    expect(shop.countChildren()).toEqual({ specs: 3, active: 3, supervisors: 1, workers: 2 });
    expect(user()?.children?.[0]).toMatchObject({
      id: 'shop',
      type: 'supervisor',
      children: [{ id: 'till', status: 'on' }, { id: 'sign' }, { id: 'orders', children: [] }],
    });
    await rejection(runtime.supervise({ id: 'shop', strategy: 'one_for_one' }), 'AlreadyStarted');
    await runtime.shutdown();
    expect(log).toEqual(['dark']);
    await rejection(runtime.supervise({ id: 'x', strategy: 'one_for_one' }), 'RuntimeClosed');
  });

  it('keeps its handle when the supervisor gives up and is restarted', async () => {
    const { runtime, clock, user, events } = await simulateTree();
    const shop = await runtime.supervise({
      id: 'shop',
      strategy: 'one_for_one',
      intensity: { intensity: 0 },
      children: [{ id: 'till', start: machine }],
    });
    const before = shop.whichChildren()[0]?.ref;
    boom(before);
    await clock.advance(0);
    expect(shop.whichChildren()).toMatchObject([{ id: 'till', status: 'running' }]);
    expect(shop.whichChildren()[0]?.ref).not.toBe(before);
    expect(user()?.children).toMatchObject([
      { id: 'shop', restarts: 1, history: [{ reason: 'shutdown' }] },
    ]);
    expect(events.map(({ type }) => type)).toContain('supervisor.escalated');
  });

  it('is quarantined when it gives up again and again, and harms no other', async () => {
    const { runtime, clock, user } = await simulateTree();
    const intensity = { intensity: 0 };
    const children = [{ id: 'till', start: machine }];
    const options = { strategy: 'one_for_one', intensity, children } as const;
    // Left out or undefined, its budget is the usual one.
    const shop = await runtime.supervise({ id: 'shop', ...options, budget: undefined });
    await runtime.supervise({ id: 'other', ...options });
    for (let i = 0; i < 4; i++) {
      boom(shop.whichChildren()[0]?.ref);
      await clock.advance(0);
    }
    expect(user()?.children).toMatchObject([
      { id: 'shop', status: 'quarantined', restarts: 3 },
      { id: 'other', status: 'running' },
    ]);
    expect([shop.status, shop.tree().status]).toEqual(['quarantined', 'quarantined']);
    const refused = await rejection(
      runtime.supervise({ id: 'shop', ...options }),
      'AlreadyPresent',
    );
    expect(refused.message).toBe(
      'shop is there already, and quarantined: the stop() of its handle frees the id',
    );
    await shop.stop();
    await runtime.supervise({ id: 'shop', ...options });
  });

  it('is refused at once while the start of another of its id hangs', async () => {
    const { runtime, clock } = await simulateTree();
    let isStuck = true;
    const start = ({ exited }: ChildHost) =>
      isStuck
        ? new Promise<never>(() => {})
        : { stop: () => exited({ kind: 'shutdown' }), kill: () => exited({ kind: 'killed' }) };
    const hangs = { id: 'h', start, shutdown: 'brutal_kill' } as const;
    const till = { id: 'till', start: machine };
    const intensity = { intensity: 0 };
    const options = { id: 'shop', strategy: 'one_for_one', intensity } as const;
    const first = runtime.supervise({ ...options, children: [hangs] });
    const closed = rejection(first, 'RuntimeClosed');
    await rejection(runtime.supervise(options), 'AlreadyStarted');
    isStuck = false;
    const second = { ...options, id: 'other', children: [hangs, till] };
    const other = await runtime.supervise(second);
    isStuck = true;
    boom(other.whichChildren()[1]?.ref);
    await clock.advance(0);
    expect(other.status).toBe('starting');
    await rejection(runtime.supervise({ ...options, id: 'other' }), 'AlreadyStarted');
    // Who stops it frees its id.
    const stopped = other.stop();
    await runtime.supervise({ ...options, id: 'other' });
    await stopped;
    // The one that still starts is told of the shutdown.
    await runtime.shutdown();
    await closed;
  });

  it('is not started again when its work is done', async () => {
    const { runtime, clock, user } = await simulateTree();
    const job = { id: 'job', start: machine, restart: 'transient', significant: true } as const;
    const options = { strategy: 'one_for_one', autoShutdown: 'all_significant' } as const;
    const shop = await runtime.supervise({ id: 'shop', ...options, children: [job] });
    finish(shop.whichChildren()[0]?.ref);
    await clock.advance(0);
    expect(shop.status).toBe('stopped');
    expect(user()?.children).toEqual([]);
  });

  it('is not ended by the handle of an earlier one of its id', async () => {
    const { runtime } = await simulateTree();
    const options = { id: 'shop', strategy: 'one_for_one' } as const;
    const former = await runtime.supervise(options);
    await former.stop();
    const shop = await runtime.supervise(options);
    await former.stop();
    expect(shop.status).toBe('running');
    await shop.stop();
    expect(shop.status).toBe('stopped');
  });

  it('offers its whole administration', async () => {
    const { runtime } = await simulateTree();
    const shop = await runtime.supervise({ id: 'shop', strategy: 'one_for_one' });
    await shop.startChild({ id: 'till', start: machine });
    await shop.terminateChild('till');
    await shop.restartChild('till');
    expect(shop.getChildSpec('till')).toMatchObject({ restart: 'permanent', shutdown: 5_000 });
    shop.reconfigure({ strategy: 'one_for_all' });
    await shop.terminateChild('till');
    await shop.deleteChild('till');
    expect(shop.tree()).toMatchObject({ id: 'shop', status: 'running', children: [] });
  });

  it('refuses a bad one, and keeps nothing of it', async () => {
    const { runtime, user } = await simulateTree();
    const make = (options: object) => runtime.supervise(options as never);
    await rejection(make({ id: 'a', strategy: 'one_for_two' }), 'InvalidOption');
    await rejection(make({ id: '', strategy: 'one_for_one' }), 'InvalidOption');
    const stray = await rejection(
      make({ id: 'a', strategy: 'one_for_one', inensity: {} }),
      'InvalidOption',
    );
    expect(stray.message).toContain('inensity must be left out: the options are strategy, ');
    await rejection(make({ id: 'a', strategy: 'one_for_one', start: machine }), 'InvalidOption');
    for (const none of [undefined, null, 5]) await rejection(make(none as never), 'InvalidOption');
    const failing = { id: 'till', start: () => Promise.reject(new Error('no coins')) };
    const error = await rejection(
      make({ id: 'a', strategy: 'one_for_one', children: [failing] }),
      'StartFailed',
    );
    expect(error.cause).toMatchObject({ message: 'a: till did not start: no coins' });
    expect(user()?.children).toEqual([]);
  });
});

describe('a supervisor that is watched', () => {
  const till = { id: 'till', start: machine };

  async function watched() {
    const { runtime } = await simulateTree();
    const intensity = { intensity: 0 };
    const options = { strategy: 'one_for_one', intensity, children: [till] } as const;
    const shop = await runtime.supervise({ id: 'shop', restart: 'temporary', ...options });
    const downs: Down[] = [];
    monitor(shop, (down) => downs.push(down));
    return { runtime, shop, downs };
  }

  it('is down for shutdown when it is stopped, also for one that asks late', async () => {
    const { runtime, shop, downs } = await watched();
    await runtime.shutdown();
    monitor(shop, (down) => downs.push(down));
    await null;
    expect(downs.map(({ reason }) => reason)).toEqual([{ kind: 'shutdown' }, { kind: 'shutdown' }]);
  });

  it('is down with the error when it gives up', async () => {
    const { runtime, shop, downs } = await watched();
    boom(shop.whichChildren()[0]?.ref);
    await runtime.shutdown();
    const error = expect.objectContaining({ code: 'RestartIntensityExceeded' });
    expect(downs).toEqual([{ type: 'down', ref: shop.ref, reason: { kind: 'shutdown', error } }]);
  });

  it('takes its children along when a link ends it', async () => {
    const { runtime, shop } = await watched();
    const other = await runtime.spawn(machine, { restart: 'temporary' });
    link(shop, other);
    const child = shop.whichChildren()[0]?.ref as AnyActorRef;
    boom(other.ref);
    expect(child.getSnapshot().status).toBe('stopped');
    await runtime.shutdown();
  });
});

describe('names in a runtime', () => {
  it('find actors, and are free again when these end', async () => {
    const { runtime } = await simulateTree();
    const actor = await runtime.spawn(machine, { id: 'a' });
    runtime.register('it', actor);
    expect(runtime.whereIs('it')).toBe(actor.ref);
    await actor.stop();
    expect(runtime.whereIs('it')).toBeUndefined();
  });
});
