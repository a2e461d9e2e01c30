import { describe, expect, it, vi } from 'vitest';
import {
  type AnyActorRef,
  cancel,
  createActor,
  createMachine,
  fromPromise,
  type InspectionEvent,
  raise,
  SimulatedClock,
  sendTo,
} from 'xstate';
import { isInspected, type Scheduler } from '../../src/statechart/xstate-internals.ts';
import { until } from '../support/until.ts';
import { idle, systemOf } from './xstate-internals-fixtures.ts';

describe('a system', () => {
  it('has the clock and the logger of its root, and session ids', () => {
    const clock = new SimulatedClock();
    const logger = () => {};
    const actor = createActor(idle, { clock, logger });
    const { _clock, _logger, _bookId } = systemOf(actor);
    expect([_clock, _logger]).toEqual([clock, logger]);
    expect(_bookId()).not.toBe(_bookId());
  });

  it('registers what starts, and frees system ids of what stops', () => {
    const actor = createActor(idle, { systemId: 'named' });
    const system = systemOf(actor);
    const calls: unknown[] = [];
    const { _unregister } = system;
    system._register = (sessionId, registered) => {
      calls.push([sessionId, registered]);
      return sessionId;
    };
    system._unregister = (left) => {
      calls.push(left);
      _unregister(left);
    };
    actor.start();
    expect(actor.system.get('named')).toBe(actor);
    actor.stop();
    expect(calls).toEqual([[actor.sessionId, actor], actor]);
    expect(actor.system.get('named')).toBeUndefined();
  });

  const family = () =>
    createMachine({
      id: 'family',
      invoke: [
        {
          id: 'kid',
          src: createMachine({ on: { A: '.off' }, initial: 'on', states: { on: {}, off: {} } }),
        },
        { id: 'promise', src: fromPromise(async () => 'kept') },
        { id: 'broken', src: fromPromise(async () => Promise.reject(new Error('broken'))) },
      ],
      after: { 5: { actions: [] } },
      on: { SEND: { actions: sendTo('kid', { type: 'A' }) }, '*': { actions: [] } },
    });

  it('relays every event: what is sent from outside and inside, timers, ends of children', async () => {
    const clock = new SimulatedClock();
    const actor = createActor(family(), { clock, id: 'it' });
    actor.subscribe({ error: () => {} });
    const system = systemOf(actor);
    const relayed: string[] = [];
    const { _relay } = system;
    system._relay = (source, target, event) => {
      // A promise hears of its end in the same way.
      const own = event.type.startsWith('xstate.promise.');
      const { id } = target as unknown as AnyActorRef;
      if (!own) relayed.push(`${event.type} to ${id}`);
      _relay(source, target, event);
    };
    actor.start();
    actor.send({ type: 'SEND' });
    clock.increment(5);
    await until(() => relayed.length === 5);
    expect(relayed).toEqual([
      'SEND to it',
      'A to kid',
      'xstate.after.5.family to it',
      'xstate.done.actor.promise to it',
      'xstate.error.actor.broken to it',
    ]);
  });

  it('schedules by the scheduler that it has at the time', () => {
    const actor = createActor(
      createMachine({
        id: 'm',
        after: { 5: { actions: [] } },
        on: {
          RAISE: { actions: raise({ type: 'D' }, { id: 'd', delay: 7 }) },
          SEND: { actions: sendTo(({ self }) => self, { type: 'E' }, { delay: 9 }) },
          CANCEL: { actions: cancel('d') },
        },
      }),
    );
    const calls: unknown[][] = [];
    const scheduler: Scheduler = {
      schedule: (...args) => calls.push(['schedule', ...args]),
      cancel: (...args) => calls.push(['cancel', ...args]),
      cancelAll: (...args) => calls.push(['cancelAll', ...args]),
    };
    systemOf(actor).scheduler = scheduler;
    actor.start();
    for (const type of ['RAISE', 'SEND', 'CANCEL'] as const) actor.send({ type });
    actor.stop();
    const after = 'xstate.after.5.m';
    expect(calls).toEqual([
      ['schedule', actor, actor, { type: after }, 5, after],
      ['schedule', actor, actor, { type: 'D' }, 7, 'd'],
      ['schedule', actor, actor, { type: 'E' }, 9, undefined],
      ['cancel', actor, 'd'],
      ['cancelAll', actor],
    ]);
  });

  it('does not touch what it is to tell inspectors while there are none', () => {
    const system = systemOf(createActor(idle));
    const untouchable = new Proxy({}, new Proxy({}, { get: () => () => expect.unreachable() }));
    expect(() => system._sendInspectionEvent(untouchable)).not.toThrow();
  });

  it('tells inspectors a copy', () => {
    const told = vi.fn<(event: InspectionEvent) => void>();
    const actor = createActor(idle, { inspect: told });
    told.mockClear();
    const event = { type: '@xstate.event', some: 'thing' };
    systemOf(actor)._sendInspectionEvent(event);
    expect(told.mock.calls).toEqual([[{ ...event, rootId: actor.sessionId }]]);
    expect(told.mock.calls[0]?.[0]).not.toBe(event);
  });
});

describe('isInspected', () => {
  it('is false while nobody inspects, and true from when somebody does until he ceases', () => {
    const actor = createActor(idle).start();
    const system = systemOf(actor);
    expect(isInspected(system)).toBe(false);
    const first = actor.system.inspect(() => {});
    const second = actor.system.inspect({});
    expect(isInspected(system)).toBe(true);
    first.unsubscribe();
    expect(isInspected(system)).toBe(true);
    second.unsubscribe();
    expect(isInspected(system)).toBe(false);
  });

  it('is not noticed by inspectors', () => {
    const told = vi.fn();
    const actor = createActor(idle, { inspect: told });
    told.mockClear();
    expect(isInspected(systemOf(actor))).toBe(true);
    expect(told).not.toHaveBeenCalled();
  });

  it('does not hide an error that is not its own', () => {
    const defect = new Error('defect');
    const system = systemOf(createActor(idle));
    system._sendInspectionEvent = () => {
      throw defect;
    };
    expect(() => isInspected(system)).toThrow(defect);
  });
});
