import { describe, expect, it, vi } from 'vitest';
import { type AnyStateMachine, assign, createActor, createMachine, StateMachine } from 'xstate';
import { compile } from '../../src/statechart/index.ts';
import { notes } from './machine-kinds.ts';

const switches = createMachine({
  id: 'switch',
  initial: 'off',
  context: { n: 0 },
  states: {
    off: { on: { TOGGLE: { target: 'on', actions: 'count' } } },
    on: { entry: 'shine', on: { TOGGLE: 'off' } },
  },
}).provide({ actions: { count: assign({ n: ({ context }) => context.n + 1 }) } });

describe('compile', () => {
  it('gives a real machine of the same configuration', () => {
    const compiled = compile(switches);
    expect(compiled).toBeInstanceOf(StateMachine);
    expect(compiled).not.toBe(switches);
    expect(compiled.config).toBe(switches.config);
    expect(compiled.implementations).toEqual(switches.implementations);
  });

  it('gives the same one each time, and a compiled one back', () => {
    expect(compile(switches)).toBe(compile(switches));
    expect(compile(compile(switches))).toBe(compile(switches));
  });

  it('leaves a machine of a class of its own alone', () => {
    class Special extends (StateMachine as unknown as new (config: object) => AnyStateMachine) {}
    const special = new Special({});
    expect(compile(special)).toBe(special);
  });

  it('leaves the machine itself as it was', () => {
    const keys = Object.entries(switches);
    compile(switches);
    expect(Object.entries(switches)).toEqual(keys);
  });
});

describe('a compiled machine', () => {
  it('does not ask XState which transitions to take', () => {
    const compiled = compile(switches);
    const asked = vi.spyOn(compiled, 'getTransitionData');
    const actor = createActor(compiled).start();
    for (let i = 0; i < 3; i++) actor.send({ type: 'TOGGLE' });
    expect(actor.getSnapshot()).toMatchObject({ value: 'on', context: { n: 2 } });
    expect(asked).not.toHaveBeenCalled();
  });

  it('asks XState while somebody inspects', () => {
    const compiled = compile(createMachine(switches.config as object)) as AnyStateMachine;
    const asked = vi.spyOn(compiled, 'getTransitionData');
    const actor = createActor(compiled).start();
    const { unsubscribe } = actor.system.inspect(() => {});
    actor.send({ type: 'TOGGLE' });
    expect(asked).toHaveBeenCalledOnce();
    unsubscribe();
    actor.send({ type: 'TOGGLE' });
    expect(asked).toHaveBeenCalledOnce();
  });

  it('looks at its states at the first use, as XState does', () => {
    const { lines, note } = notes();
    const compiled = compile(createMachine({ initial: 'a', states: { a: {} } }));
    compiled.root.states.a?.entry.push(note('entered'));
    createActor(compiled).start();
    expect(lines).toEqual(['entered']);
  });

  it('does not share the first snapshot among its actors', () => {
    const compiled = compile(createMachine({}));
    const [first, second] = [createActor(compiled), createActor(compiled)];
    expect(first.getSnapshot()).not.toBe(second.getSnapshot());
  });

  it('does not remember more types than there are names for, and knows them all the same', () => {
    const compiled = compile(
      createMachine({
        context: { n: 0 },
        on: { '*': { actions: assign({ n: ({ context }) => context.n + 1 }) } },
      }),
    );
    const actor = createActor(compiled).start();
    for (let i = 0; i < 600; i++) actor.send({ type: `made up ${i % 300}` });
    expect(actor.getSnapshot().context).toEqual({ n: 600 });
  });
});
