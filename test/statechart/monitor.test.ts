import { describe, expect, it } from 'vitest';
import { type AnyActorRef, assign, fromCallback, fromPromise, setup } from 'xstate';
import { NORMAL, SHUTDOWN } from '../../src/model/index.ts';
import {
  compile,
  type Down,
  link,
  monitor,
  rootActor,
  spawnActor,
  stopActor,
} from '../../src/statechart/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import { childMachine } from './family.ts';

const watcherMachine = setup({
  types: { context: {} as { seen: Down[] }, events: {} as Down },
}).createMachine({
  context: { seen: [] },
  on: { down: { actions: assign({ seen: ({ context, event }) => [...context.seen, event] }) } },
});

const parentMachine = setup({}).createMachine({ on: { '*': {} } });

function open() {
  const reported: unknown[] = [];
  const told: object[] = [];
  const root = rootActor(parentMachine.provide({}), {
    id: 'root',
    input: undefined,
    clock: new VirtualClock(),
    onError: () => {},
    onObserverError: (error) => reported.push(error),
  });
  root.start();
  root.system.inspect((event) => {
    if (event.type === '@xstate.event' && event.actorRef === root) told.push(event.event);
  });
  const spawn = (id: string) =>
    spawnActor(compile(childMachine), { parent: root, id, input: { name: id } }).start();
  return { root, spawn, reported, told };
}

describe('monitor', () => {
  const failure = new Error('defect');

  it('reports a watcher whose promise rejects, and harms nobody', async () => {
    const { spawn, reported } = open();
    const child = spawn('child');
    monitor(child, async () => {
      throw failure;
    });
    stopActor(child);
    await null;
    expect(reported).toEqual([failure]);
  });

  it.each([
    ['is done', (ref: AnyActorRef) => ref.send({ type: 'DONE' }), NORMAL],
    [
      'fails',
      (ref: AnyActorRef) => ref.send({ type: 'FAIL', error: failure }),
      { kind: 'error', error: failure },
    ],
    [
      'exits for a reason',
      (ref: AnyActorRef) => ref.send({ type: 'EXIT', reason: { kind: 'hung' } }),
      { kind: 'hung' },
    ],
    ['is stopped', (ref: AnyActorRef) => stopActor(ref), SHUTDOWN],
  ] as const)('tells once of an actor that %s', async (_, end, reason) => {
    const { spawn } = open();
    const ref = spawn('a');
    const seen: Down[] = [];
    monitor(ref, (down) => seen.push(down));
    expect(seen).toEqual([]);
    end(ref);
    end(ref);
    expect(seen).toEqual([{ type: 'down', ref, reason }]);
    // Of one that has gone already, it tells as well.
    monitor(ref, (down) => seen.push(down));
    await Promise.resolve();
    expect(seen).toHaveLength(2);
    expect(seen[1]).toEqual(seen[0]);
  });

  it('tells an actor by an event', () => {
    const { root, spawn } = open();
    const watcher = spawnActor(watcherMachine, { parent: root, id: 'w', input: undefined }).start();
    const ref = spawn('a');
    monitor({ ref }, watcher);
    ref.send({ type: 'DONE' });
    expect(watcher.getSnapshot().context.seen).toEqual([{ type: 'down', ref, reason: NORMAL }]);
  });

  it('tells nothing to whoever has left', async () => {
    const { spawn } = open();
    const ref = spawn('a');
    const seen: Down[] = [];
    monitor(ref, (down) => seen.push(down))[Symbol.dispose]();
    ref.send({ type: 'DONE' });
    monitor(ref, (down) => seen.push(down))[Symbol.dispose]();
    await Promise.resolve();
    expect(seen).toEqual([]);
  });

  it('watches promises and callbacks as well', async () => {
    const { root } = open();
    const kept = fromPromise(async () => 'kept');
    const ref = spawnActor(kept, { parent: root, id: 'p', input: undefined }).start();
    const down = await new Promise<Down>((resolve) => monitor(ref, resolve));
    expect(down.reason).toEqual(NORMAL);
    const endless = fromCallback(() => () => {});
    const callback = spawnActor(endless, { parent: root, id: 'c', input: undefined }).start();
    const seen: Down[] = [];
    monitor(callback, (down) => seen.push(down));
    stopActor(callback);
    expect(seen).toMatchObject([{ reason: SHUTDOWN }]);
  });

  it('is harmed by no watcher', async () => {
    const { spawn, reported } = open();
    const ref = spawn('a');
    const bad = () => {
      throw failure;
    };
    const seen: Down[] = [];
    monitor(ref, bad);
    monitor(ref, (down) => seen.push(down));
    ref.send({ type: 'DONE' });
    monitor(ref, bad);
    await Promise.resolve();
    expect(seen).toHaveLength(1);
    expect(reported).toEqual([failure, failure]);
  });

  it('refuses what is no actor', () => {
    expect(() => monitor({} as never, () => {})).toThrow(/target must be an actor/);
    expect(() => monitor(undefined as never, () => {})).toThrow(/target must be an actor/);
    const { spawn } = open();
    expect(() => monitor(spawn('a'), {} as never)).toThrow(/watcher must be an actor/);
  });
});

describe('link', () => {
  it('ends the other for the same reason when one ends abnormally, and tells its parent', () => {
    const { spawn, told } = open();
    const [a, b] = [spawn('a'), spawn('b')];
    const seen: Down[] = [];
    monitor(b, (down) => seen.push(down));
    link(a, b);
    const error = new Error('defect');
    a.send({ type: 'FAIL', error });
    expect(b.getSnapshot().status).toBe('stopped');
    expect(seen).toMatchObject([{ reason: { kind: 'error', error } }]);
    expect(told).toMatchObject([
      { type: 'xstate.error.actor.b', error: { reason: { kind: 'error', error } } },
      { type: 'xstate.error.actor.a', error },
    ]);
  });

  it('leaves the other alone when one ends normally, or once they are parted', () => {
    const { spawn } = open();
    const [a, b, c] = [spawn('a'), spawn('b'), spawn('c')];
    link(a, b);
    a.send({ type: 'DONE' });
    expect(b.getSnapshot().status).toBe('active');
    link(b, c)[Symbol.dispose]();
    c.send({ type: 'FAIL', error: new Error('defect') });
    expect(b.getSnapshot().status).toBe('active');
  });

  it('goes through a chain', () => {
    const { spawn } = open();
    const chain = Array.from({ length: 50 }, (_, i) => spawn(`${i}`));
    for (let i = 1; i < chain.length; i++) link(chain[i - 1] as never, chain[i] as never);
    chain[25]?.send({ type: 'FAIL', error: new Error('defect') });
    const left = chain.filter((each) => each.getSnapshot().status === 'active');
    expect(left).toEqual([]);
  });
});
