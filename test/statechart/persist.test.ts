import { describe, expect, it } from 'vitest';
import { createActor, setup } from 'xstate';
import { TroupeError } from '../../src/model/index.ts';
import { compile, persist } from '../../src/statechart/index.ts';
import { thrown } from '../support/thrown.ts';

const holding = (value: unknown) => {
  const machine = setup({}).createMachine({
    context: { held: { list: [1, value] } },
    initial: 'a',
    states: { a: {} },
  });
  return createActor(compile(machine), { id: 'keeper' }).start();
};

describe('persist', () => {
  it('gives a snapshot that brings the actor back', () => {
    const machine = compile(
      setup({}).createMachine({
        context: { n: 1 },
        initial: 'a',
        states: { a: { on: { GO: 'b' } }, b: { on: { BACK: 'a' } } },
      }),
    );
    const actor = createActor(machine).start();
    actor.send({ type: 'GO' });
    const snapshot = JSON.parse(JSON.stringify(persist(actor)));
    const again = createActor(machine, { snapshot }).start();
    expect(again.getSnapshot().value).toBe('b');
    again.send({ type: 'BACK' });
    expect(again.getSnapshot().value).toBe('a');
  });

  it.each([
    ['a function', () => {}, 'a function'],
    ['a symbol', Symbol('s'), 'a symbol'],
    ['an instance', new (class Account {})(), 'a Account object'],
    ['a promise', Promise.resolve(), 'a Promise object'],
    ['a function in a map', new Map([['key', () => {}]]), 'a function'],
  ])('refuses %s, naming where it is', (_name, value, what) => {
    let error: unknown;
    try {
      persist(holding(value));
    } catch (thrown) {
      error = thrown;
    }
    expect(TroupeError.is(error, 'NotSerializable')).toBe(true);
    expect((error as TroupeError).message).toContain(what);
    expect((error as TroupeError).details).toMatchObject({ actor: 'keeper' });
    expect(String((error as TroupeError).details.path)).toMatch(/^\.context\.held\.list\[1\]/);
  });

  it.each([
    [
      'data of all kinds',
      [new Date(0), new Map([[1, new Set([2n])]]), /x/, new Uint8Array(2), null, Number.NaN],
    ],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 })],
  ])('takes %s', (_name, value) => {
    expect(() => persist(holding(value))).not.toThrow();
  });

  it('refuses what is no actor', () => {
    for (const none of [undefined, null, 5, {}, { ref: holding(1) }]) {
      expect(thrown(() => persist(none as never), 'InvalidOption').details.field).toBe('actor');
    }
  });

  it('refuses a cycle and what is nested too deep', () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    let deep: object = {};
    for (let i = 0; i < 100_000; i++) deep = { deep };
    for (const value of [cycle, deep]) {
      expect(() => persist(holding(value))).toThrow(
        /goes round in a circle, or is nested too deep/,
      );
    }
  });
});
