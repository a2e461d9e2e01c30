import { describe, expect, it, vi } from 'vitest';
import { type AnyStateMachine, assign, createActor, createMachine, setup } from 'xstate';
import { KINDS } from './machine-kinds.ts';

describe.each(KINDS)('a %s machine', (_kind, made) => {
  it('says that a state does not exist only when it comes to it', () => {
    const machine = made(
      createMachine({
        initial: 'a',
        states: {
          a: { on: { A: 'b', B: 'broken' } },
          b: { on: { B: 'broken' } },
          broken: { initial: 'gone', states: { here: {} } },
        },
      } as never),
    ) as AnyStateMachine;
    const errors: unknown[] = [];
    const actor = createActor(machine);
    actor.subscribe({ error: (error) => errors.push(error) });
    actor.start();
    actor.send({ type: 'A' });
    expect(actor.getSnapshot()).toMatchObject({ status: 'active', value: 'b' });
    actor.send({ type: 'B' });
    expect(errors).toMatchObject([{ message: expect.stringContaining('"gone" not found') }]);
  });

  it('is in error from the start when its first state does not exist', () => {
    const machine = made(createMachine({ initial: 'gone', states: { here: {} } } as never));
    expect(createActor(machine).getSnapshot()).toMatchObject({
      status: 'error',
      error: { message: expect.stringContaining('"gone" not found') },
    });
  });

  it('has no output when it fails as it ends at once', () => {
    const machine = made(
      createMachine({
        initial: 'end',
        output: 'all',
        states: {
          end: {
            type: 'final',
            exit: assign(() => {
              throw new Error('defect');
            }),
          },
        },
      }),
    );
    const snapshot = createActor(machine).getSnapshot();
    expect(snapshot).toMatchObject({ status: 'error', output: undefined, value: 'end' });
  });

  it('fails with the words of XState when an event has no proper type', () => {
    const failures = [{}, { type: null }, { type: 3 }].map((event) => {
      const actor = createActor(made(createMachine({})));
      actor.subscribe({ error: () => {} });
      actor.start().send(event as never);
      return (actor.getSnapshot().error as Error).message;
    });
    expect(failures).toEqual([
      "Cannot read properties of undefined (reading 'startsWith')",
      "Cannot read properties of null (reading 'startsWith')",
      'event.type.startsWith is not a function',
    ]);
  });

  it('asks a guard once, also when it throws, and says which it was', () => {
    const may = vi.fn(() => {
      throw new Error('defect');
    });
    const machine = made(
      setup({ guards: { may } }).createMachine({ id: 'm', on: { GO: { guard: 'may' } } }),
    );
    const actor = createActor(machine);
    actor.subscribe({ error: () => {} });
    actor.start().send({ type: 'GO' });
    expect(may).toHaveBeenCalledOnce();
    expect(actor.getSnapshot().error).toEqual(
      new Error(
        "Unable to evaluate guard 'may' in transition for event 'GO' in state node 'm':\ndefect",
      ),
    );
  });

  it('does not go round for ever when it is bounded', () => {
    const machine = made(
      createMachine({
        options: { maxIterations: 10 },
        initial: 'a',
        states: { a: { on: { GO: 'b' } }, b: { always: 'c' }, c: { always: 'b' } },
      }),
    );
    const actor = createActor(machine);
    actor.subscribe({ error: () => {} });
    actor.start().send({ type: 'GO' });
    expect(actor.getSnapshot()).toMatchObject({
      status: 'error',
      error: { message: expect.stringContaining('more than 10 microsteps') },
    });
  });
});
