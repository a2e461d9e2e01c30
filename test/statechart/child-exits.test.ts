import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { NORMAL } from '../../src/model/index.ts';
import {
  type ChildExited,
  compile,
  type ExitTranslator,
  spawnActor,
  withChildExits,
} from '../../src/statechart/index.ts';
import { childMachine, parentMachine } from './family.ts';

/** The machine as XState runs it, and as it is compiled. */
const machines = [
  ['a plain machine', parentMachine],
  ['a compiled machine', compile(parentMachine)],
] as const;

describe.each(machines)('%s with child exits', (_, machine) => {
  function family(translate: ExitTranslator = (exit) => exit) {
    const heard: ChildExited[] = [];
    const parent = createActor(withChildExits(machine, translate), { input: { heard } }).start();
    const spawn = (name: string) => {
      const child = spawnActor(childMachine, { parent, id: name, input: { name } });
      child.start();
      return child;
    };
    return { parent, heard, spawn };
  }

  it('hears of a child that is done, under one name for all children', () => {
    const { heard, spawn } = family();
    const [a, b] = [spawn('a'), spawn('b')];
    b.send({ type: 'DONE' });
    a.send({ type: 'DONE' });
    expect(heard).toEqual([
      { type: 'child.exited', id: 'b', reason: NORMAL, output: 'b' },
      { type: 'child.exited', id: 'a', reason: NORMAL, output: 'a' },
    ]);
  });

  it('hears why a child failed, and does not fail itself', () => {
    const { parent, heard, spawn } = family();
    const error = new Error('defect');
    spawn('a').send({ type: 'FAIL', error });
    expect(heard).toEqual([{ type: 'child.exited', id: 'a', reason: { kind: 'error', error } }]);
    expect(parent.getSnapshot().status).toBe('active');
  });

  it('hears the reason that a child gave for its end', () => {
    const { heard, spawn } = family();
    const reason = { kind: 'out_of_memory', error: new Error('heap') } as const;
    spawn('a').send({ type: 'EXIT', reason });
    expect(heard[0]?.reason).toBe(reason);
  });

  it('hears what its translator makes of it', () => {
    const { heard, spawn } = family(({ id }) => ({ type: 'OTHER', from: id }));
    spawn('a').send({ type: 'DONE' });
    expect(heard).toEqual([{ type: 'OTHER', from: 'a' }]);
  });

  it('hears nothing of what its translator keeps to itself', () => {
    const seen: string[] = [];
    const { parent, heard, spawn } = family(({ id }) => {
      seen.push(id);
      return undefined;
    });
    const before = parent.getSnapshot();
    spawn('a').send({ type: 'DONE' });
    expect(seen).toEqual(['a']);
    expect(heard).toEqual([]);
    expect(parent.getSnapshot()).toBe(before);
  });

  it('hears every other event as it is', () => {
    const { parent, heard } = family(() => expect.fail('no child has ended'));
    parent.send({ type: 'OTHER' });
    expect(heard).toEqual([{ type: 'OTHER' }]);
  });

  it('is another machine: the one that it was made of is not touched', () => {
    const seen: string[] = [];
    family(({ id }) => {
      seen.push(id);
      return undefined;
    });
    const parent = createActor(machine, { input: { heard: [] } }).start();
    const child = spawnActor(childMachine, { parent, id: 'a', input: { name: 'a' } });
    child.start();
    child.send({ type: 'DONE' });
    expect(seen).toEqual([]);
  });
});
