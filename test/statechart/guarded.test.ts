import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AnyActorRef, assign, emit, setup, spawnChild } from 'xstate';
import { compile, rootActor, spawnActor } from '../../src/statechart/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';

const stock = setup({}).createMachine({
  context: { n: 0 },
  initial: 'on',
  states: { on: { on: { DONE: 'off' } }, off: { type: 'final' } },
  on: {
    ADD: {
      actions: [assign({ n: ({ context }) => context.n + 1 }), emit({ type: 'added' } as never)],
    },
    FAIL: {
      actions: () => {
        throw new Error('actor failed');
      },
    },
  },
});

/** A machine that makes one of the other kind itself, and bears its failure. */
const parental = setup({ actors: { stock } }).createMachine({
  context: { n: 0 },
  entry: spawnChild('stock', { id: 'kid' }),
  on: { '*': {} },
});

/** XState throws again in a timer what nobody caught: without a timer there is no such throw. */
const thrownAgain = vi.spyOn(globalThis, 'setTimeout');

beforeEach(() => {
  thrownAgain.mockClear();
});

afterEach(() => {
  expect(thrownAgain).not.toHaveBeenCalled();
});

function open(machine: typeof stock) {
  const reported: unknown[] = [];
  const rootErrors: unknown[] = [];
  const root = rootActor(machine, {
    id: 'root',
    input: undefined,
    clock: new VirtualClock(),
    onError: (error) => rootErrors.push(error),
    onObserverError: (error) => reported.push(error),
  }).start();
  const child = spawnActor(machine, { parent: root as AnyActorRef, id: 'child', input: undefined });
  child.start();
  return { root, child, reported, rootErrors };
}

describe.each([
  ['stock', stock],
  ['compiled', compile(stock)],
] as const)('%s:', (_kind, machine) => {
  describe('an observer that throws', () => {
    it.each(['next', 'listener'] as const)('is dropped and reported once: %s', (kind) => {
      const { child, reported } = open(machine);
      let calls = 0;
      const bad = () => {
        calls++;
        throw new Error('bad observer');
      };
      const good: number[] = [];
      if (kind === 'next') child.subscribe(bad);
      else child.on('*', bad);
      child.subscribe((snapshot) => good.push(snapshot.context.n));
      child.send({ type: 'ADD' });
      child.send({ type: 'ADD' });
      expect(calls).toBe(1);
      expect(reported).toMatchObject([{ message: 'bad observer' }]);
      expect(good).toEqual([1, 2]);
      expect(child.getSnapshot().status).toBe('active');
    });

    it('may do so in a promise', async () => {
      const { child, reported } = open(machine);
      const seen: number[] = [];
      child.subscribe(async (snapshot) => {
        seen.push(snapshot.context.n);
        throw new Error('bad observer');
      });
      child.send({ type: 'ADD' });
      child.send({ type: 'ADD' });
      await null;
      child.send({ type: 'ADD' });
      expect(seen).toEqual([1, 2]);
      expect(reported).toMatchObject([{ message: 'bad observer' }]);
    });

    it('may be one of an actor that ends or fails', () => {
      const { child, reported } = open(machine);
      child.subscribe({
        error: () => {
          throw new Error('bad error handler');
        },
      });
      child.send({ type: 'FAIL' });
      expect(reported).toMatchObject([{ message: 'bad error handler' }]);
    });

    it.each(['DONE', 'FAIL'])('may be one that comes too late: %s', (type) => {
      const { child, reported } = open(machine);
      child.send({ type });
      const bad = () => {
        throw new Error('bad observer');
      };
      child.subscribe({ complete: bad, error: bad });
      expect(reported).toMatchObject([{ message: 'bad observer' }]);
    });

    it('may be one of an actor that a machine made itself', () => {
      const { root, child: sibling, reported } = open(machine);
      const own = { parent: root as AnyActorRef, id: 'parental', input: undefined };
      const made = machine === stock ? parental : compile(parental);
      const { kid } = spawnActor(made, own).start().getSnapshot().children;
      expect(sibling.getSnapshot().status).toBe('active');
      const bad = () => {
        throw new Error('bad observer');
      };
      kid?.subscribe(bad);
      kid?.on('*', bad);
      kid?.send({ type: 'ADD' });
      kid?.subscribe(() => {});
      kid?.send({ type: 'FAIL' });
      expect(reported).toMatchObject([{ message: 'bad observer' }, { message: 'bad observer' }]);
      expect(kid?.getSnapshot().status).toBe('error');
    });

    it('may be an inspector', () => {
      const { root, child, reported } = open(machine);
      let calls = 0;
      root.system.inspect(() => {
        calls++;
        throw new Error('bad inspector');
      });
      const seen: string[] = [];
      root.system.inspect({ next: ({ type }) => void seen.push(type) });
      child.send({ type: 'ADD' });
      child.send({ type: 'ADD' });
      expect(calls).toBe(1);
      expect(reported).toMatchObject([{ message: 'bad inspector' }]);
      expect(child.getSnapshot().context.n).toBe(2);
      expect(seen).toContain('@xstate.snapshot');
    });
  });

  describe('an actor that fails', () => {
    it('is no uncaught exception, whether anybody observes it or not', () => {
      const { root, child, rootErrors } = open(machine);
      child.subscribe(() => {});
      child.send({ type: 'FAIL' });
      expect(child.getSnapshot()).toMatchObject({
        status: 'error',
        error: { message: 'actor failed' },
      });
      // A stock parent without a handler fails with its child; whoever made the root is told.
      expect(root.getSnapshot().status).toBe('error');
      expect(rootErrors).toMatchObject([{ message: 'actor failed' }]);
    });
  });

  describe('a subscription', () => {
    it('is called until it is left, in all three forms', () => {
      const { child } = open(machine);
      const seen: string[] = [];
      const observer = child.subscribe({ next: ({ context }) => seen.push(`object ${context.n}`) });
      child.subscribe(({ context }) => seen.push(`function ${context.n}`));
      const emitted = child.on('added' as never, () => seen.push('emitted'));
      child.send({ type: 'ADD' });
      observer.unsubscribe();
      emitted.unsubscribe();
      child.send({ type: 'ADD' });
      expect(seen).toEqual(['emitted', 'object 1', 'function 1', 'function 2']);
    });
  });
});
