import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assign, createActor, fromCallback, fromPromise, setup, waitFor } from 'xstate';
import { createRuntime, fromTask, type Runtime, type RuntimeEvent } from '../../src/index.ts';
import { failable } from '../../src/testing/index.ts';
import { rejection } from '../support/rejection.ts';
import { simulateTree } from './simulated.ts';

const counter = setup({
  types: { context: {} as { n: number }, events: {} as { type: 'ADD' | 'BOOM' | 'END' } },
}).createMachine({
  context: { n: 0 },
  initial: 'on',
  states: {
    on: {
      on: {
        ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) },
        BOOM: {
          actions: () => {
            throw new Error('boom');
          },
        },
        END: 'off',
      },
    },
    off: { type: 'final' },
  },
});

describe('runtime.spawn', () => {
  it('puts a machine under the supervision tree', async () => {
    const { runtime, user } = await simulateTree();
    const actor = await runtime.spawn(counter, { id: 'counter' });
    actor.send({ type: 'ADD' });
    expect(actor.getSnapshot().context).toEqual({ n: 1 });
    expect(user()?.children).toEqual([
      { id: 'counter', type: 'worker', status: 'on', restarts: 0 },
    ]);
    await actor.stop();
    expect(user()?.children).toEqual([]);
    expect(actor.ref.getSnapshot().status).toBe('stopped');
    await actor.stop();
  });

  it('starts it again when it fails; the handle goes on', async () => {
    const { runtime, clock, events, user } = await simulateTree();
    const actor = await runtime.spawn(counter, { id: 'counter' });
    const first = actor.ref;
    actor.send({ type: 'ADD' });
    actor.send({ type: 'BOOM' });
    await clock.advance(0);
    expect(actor.ref).not.toBe(first);
    expect(actor.getSnapshot()).toMatchObject({ status: 'active', context: { n: 0 } });
    expect(user()?.children).toMatchObject([{ restarts: 1 }]);
    expect(events).toMatchObject([
      { type: 'supervisor.report', supervisor: 'user', context: 'child_terminated' },
      { type: 'child.restarted', supervisor: 'user', child: 'counter', reason: 'error' },
    ]);
  });

  it('is not ended by the handle of an earlier one of its id', async () => {
    const { runtime, clock } = await simulateTree();
    const options = { id: 'counter', restart: 'temporary' } as const;
    const former = await runtime.spawn(counter, options);
    former.send({ type: 'END' });
    await clock.advance(0);
    const actor = await runtime.spawn(counter, options);
    await former.stop();
    expect(actor.getSnapshot().status).toBe('active');
    await actor.stop();
    expect(actor.getSnapshot().status).toBe('stopped');
  });

  it.each([
    ['permanent', 'END', true],
    ['transient', 'END', false],
    ['transient', 'BOOM', true],
    ['temporary', 'BOOM', false],
  ] as const)('a %s one that meets %s is there afterwards: %s', async (restart, type, there) => {
    const { runtime, clock, user } = await simulateTree();
    const actor = await runtime.spawn(counter, { id: 'counter', restart });
    actor.send({ type });
    await clock.advance(0);
    expect(user()?.children).toHaveLength(there ? 1 : 0);
    if (!there) await runtime.spawn(counter, { id: 'counter', restart });
  });

  it('quarantines one that fails too often, until it is stopped, and leaves the others alone', async () => {
    const { runtime, clock, user, events } = await simulateTree();
    const actor = await runtime.spawn(counter, { id: 'counter' });
    await runtime.spawn(counter, { id: 'other' });
    for (let i = 0; i < 4; i++) {
      actor.send({ type: 'BOOM' });
      await clock.advance(0);
    }
    expect(events.at(-1)).toMatchObject({ type: 'child.quarantined', child: 'counter' });
    expect(user()?.children).toMatchObject([
      { id: 'counter', status: 'quarantined' },
      { id: 'other', status: 'on', restarts: 0 },
    ]);
    expect(runtime.query.health()).toMatchObject({ status: 'running', ready: true });
    await rejection(runtime.spawn(counter, { id: 'counter' }), 'AlreadyPresent');
    await actor.stop();
    await runtime.spawn(counter, { id: 'counter' });
  });

  it('may have a budget of restarts of its own making', async () => {
    const { runtime, clock, user } = await simulateTree();
    const actor = await runtime.spawn(counter, { id: 'counter', budget: { intensity: 0 } });
    actor.send({ type: 'BOOM' });
    await clock.advance(0);
    expect(user()?.children).toMatchObject([{ id: 'counter', status: 'quarantined' }]);
    const budget = { intensity: -1 };
    const error = await rejection(runtime.spawn(counter, { id: 'x', budget }), 'InvalidOption');
    expect(error.message).toContain('budget.intensity');
  });

  it('refuses what it cannot start, and keeps nothing of it', async () => {
    const { runtime, user } = await simulateTree();
    await runtime.spawn(counter, { id: 'counter' });
    await rejection(runtime.spawn(counter, { id: 'counter' }), 'AlreadyStarted');
    await rejection(runtime.spawn({} as never, {} as never), 'InvalidOption');
    await rejection(runtime.spawn(counter, null as never), 'InvalidOption');
    await rejection(runtime.spawn(counter, { restarts: 'never' } as never), 'InvalidOption');
    await rejection(
      runtime.spawn(counter, { id: 'x', restart: 'sometimes' as never }),
      'InvalidOption',
    );
    expect(user()?.children).toHaveLength(1);
    await runtime.shutdown();
    await rejection(runtime.spawn(counter), 'RuntimeClosed');
  });

  it('refuses an event without a type', async () => {
    const { runtime } = await simulateTree();
    const actor = await runtime.spawn(counter);
    expect(() => actor.send({} as never)).toThrow(/event must be an object with a type/);
    expect(() => actor.send(undefined as never)).toThrow();
    actor.send({ type: 'ADD' });
    expect(actor.getSnapshot().context.n).toBe(1);
  });

  it('tells of events that come too late, and of observers that throw', async () => {
    const { runtime, events } = await simulateTree();
    const actor = await runtime.spawn(counter, { id: 'counter', restart: 'temporary' });
    actor.ref.subscribe(() => {
      throw new Error('bad observer');
    });
    actor.send({ type: 'ADD' });
    actor.send({ type: 'END' });
    actor.send({ type: 'ADD' });
    expect(events).toMatchObject([
      { type: 'actor.observer_dropped', error: { message: 'bad observer' } },
      { type: 'actor.dead_letter', actor: 'counter', event: 'ADD' },
    ]);
    expect(runtime.query.health().deadLetters).toBe(1);
  });

  it('takes any actor logic, and stops it with the runtime', async () => {
    const { runtime } = await simulateTree();
    let stopped = false;
    const logic = fromCallback(() => () => {
      stopped = true;
    });
    await runtime.spawn(logic);
    const promise = await runtime.spawn(
      fromPromise(async ({ input }: { input: number }) => input * 2),
      {
        input: 21,
        restart: 'transient',
      },
    );
    await waitFor(promise.ref, ({ status }) => status === 'done');
    expect(promise.ref.getSnapshot().output).toBe(42);
    await runtime.shutdown();
    expect(stopped).toBe(true);
  });
});

describe('fromTask', () => {
  let runtime: Runtime;
  const exits: RuntimeEvent[] = [];

  beforeAll(async () => {
    runtime = await createRuntime({ tasks: [failable], threads: 1, grace: 50 });
    runtime.subscribe((event) => {
      if (event.type === 'worker.exited') exits.push(event);
    });
  });

  afterAll(() => runtime.shutdown());

  const task = fromTask(failable.failable);
  const caller = setup({
    types: { context: {} as { output: unknown; error: unknown }, events: {} as { type: 'LEAVE' } },
    actors: { ok: task, stuck: task, bad: task },
  }).createMachine({
    context: { output: undefined, error: undefined },
    initial: 'calling',
    states: {
      calling: {
        invoke: {
          src: 'ok',
          input: { fate: 'ok', value: 7 },
          onDone: { target: 'failing', actions: assign({ output: ({ event }) => event.output }) },
        },
      },
      failing: {
        invoke: {
          src: 'bad',
          input: { fate: 'throw', message: 'no' },
          onError: { target: 'stuck', actions: assign({ error: ({ event }) => event.error }) },
        },
      },
      stuck: { invoke: { src: 'stuck', input: { fate: 'wait' } }, on: { LEAVE: 'left' } },
      left: {},
    },
  });

  it('runs a task for a machine under the runtime: output, error, and cancelled when left', async () => {
    const actor = await runtime.spawn(caller, { restart: 'temporary' });
    const { context } = await waitFor(actor.ref, (snapshot) => snapshot.matches('stuck'));
    expect(context.output).toBe(7);
    expect(context.error).toMatchObject({ code: 'TaskFailed', cause: { message: 'no' } });
    const cancelled = new Promise<RuntimeEvent>((resolve) => {
      runtime.subscribe((event) => {
        if (event.type === 'execution.cancelled') resolve(event);
      });
    });
    actor.send({ type: 'LEAVE' });
    await cancelled;
    expect(exits).toEqual([]);
    await actor.stop();
  });

  it('runs a task for a stock machine outside of it, which names the runtime', async () => {
    const machine = caller.provide({
      actors: {
        ok: fromTask(failable.failable, { runtime }),
        bad: fromTask(failable.failable, { runtime, priority: 1, timeout: 5_000 }),
        stuck: fromTask(failable.failable, { runtime }),
      },
    });
    const actor = createActor(machine).start();
    await waitFor(actor, (snapshot) => snapshot.matches('stuck'));
    expect(actor.getSnapshot().context.output).toBe(7);
    actor.stop();
  });

  it('says so when there is no runtime', async () => {
    const actor = createActor(fromTask(failable.failable), { input: { fate: 'ok' } });
    const failed = new Promise((resolve) => actor.subscribe({ error: resolve }));
    actor.start();
    expect(await failed).toMatchObject({ code: 'InvalidState' });
  });
});
