import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { Registry, rootActor, spawnActor, stopActor } from '../../src/statechart/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import { thrown } from '../support/thrown.ts';

const counter = setup({ types: { context: {} as { n: number } } }).createMachine({
  context: { n: 0 },
  on: { ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
});

function open() {
  const root = rootActor(counter, {
    id: 'root',
    input: undefined,
    clock: new VirtualClock(),
    onError: () => {},
  }).start();
  const spawn = (id: string) => spawnActor(counter, { parent: root, id, input: undefined }).start();
  return { spawn, registry: new Registry() };
}

describe('Registry', () => {
  it('finds an actor by its name, and sends to it', () => {
    const { spawn, registry } = open();
    const a = spawn('a');
    expect(registry.whereIs('counter')).toBeUndefined();
    registry.register('counter', a);
    expect(registry.whereIs('counter')).toBe(a);
    registry.via('counter').send({ type: 'ADD' });
    expect(a.getSnapshot().context.n).toBe(1);
  });

  it('keeps names unique, and frees one at the death of its actor', () => {
    const { spawn, registry } = open();
    const [a, b] = [spawn('a'), spawn('b')];
    const { send } = registry.via('counter');
    registry.register('counter', a);
    const error = thrown(() => registry.register('counter', b), 'NameTaken');
    expect(error.message).toBe('the name "counter" is taken by a');
    stopActor(a);
    expect(registry.whereIs('counter')).toBeUndefined();
    expect(thrown(() => send({ type: 'ADD' }), 'NameNotFound').details.name).toBe('counter');
    registry.register('counter', { ref: b });
    send({ type: 'ADD' });
    expect(b.getSnapshot().context.n).toBe(1);
  });

  it('takes a name back, and never that of a successor', () => {
    const { spawn, registry } = open();
    const [a, b] = [spawn('a'), spawn('b')];
    const first = registry.register('counter', a);
    first[Symbol.dispose]();
    registry.register('counter', b);
    first[Symbol.dispose]();
    stopActor(a);
    expect(registry.whereIs('counter')).toBe(b);
  });

  it('refuses a dead actor and a bad name', () => {
    const { spawn, registry } = open();
    const a = spawn('a');
    thrown(() => registry.register('', a), 'InvalidOption');
    stopActor(a);
    thrown(() => registry.register('counter', a), 'ActorDown');
    thrown(() => registry.register('counter', {} as never), 'InvalidOption');
  });
});
