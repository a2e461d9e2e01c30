import { describe, expect, it } from 'vitest';
import { cancel, raise, setup } from 'xstate';
import { rootActor } from '../../src/statechart/index.ts';
import { TimerBooks } from '../../src/statechart/timers.ts';
import type { System, Target } from '../../src/statechart/xstate-internals.ts';
import { VirtualClock } from '../../src/testing/index.ts';

/** A system that keeps what it is asked to deliver. */
function books() {
  const clock = new VirtualClock();
  const delivered: string[] = [];
  const system = {
    _relay: (_source: unknown, _target: unknown, event: { type: string }) =>
      void delivered.push(`${clock.now()} ${event.type}`),
  } as unknown as System;
  const timers = new TimerBooks(system, clock);
  const target = {} as Target;
  const arm = (source: object, type: string, delay: number, id?: string) =>
    timers.schedule(source, target, { type }, delay, id);
  return { clock, delivered, timers, arm };
}

describe('TimerBooks', () => {
  it('delivers when the time has come, and only then', async () => {
    const { clock, delivered, arm } = books();
    const one = {};
    arm(one, 'late', 20, 'a');
    arm(one, 'soon', 10);
    await clock.advance(9);
    expect(delivered).toEqual([]);
    await clock.advance(11);
    expect(delivered).toEqual(['10 soon', '20 late']);
  });

  it('cancels one timer of one actor', async () => {
    const { clock, delivered, timers, arm } = books();
    const [one, two] = [{}, {}];
    arm(one, 'one', 5, 'same');
    arm(two, 'two', 5, 'same');
    timers.cancel(one, 'same');
    timers.cancel(one, 'unknown');
    timers.cancel({}, 'same');
    await clock.advance(5);
    expect(delivered).toEqual(['5 two']);
  });

  it('cancels all of one actor and leaves the others alone', async () => {
    const { clock, delivered, timers, arm } = books();
    const [one, two] = [{}, {}];
    for (let i = 0; i < 10; i++) arm(one, `one-${i}`, i);
    arm(two, 'two', 5);
    timers.cancelAll(one);
    timers.cancelAll({});
    await clock.advance(20);
    expect(delivered).toEqual(['5 two']);
    expect(clock.pending).toBe(0);
  });

  it('waits longer than a Node timer can', async () => {
    const { clock, delivered, arm } = books();
    const month = 31 * 24 * 3_600_000;
    arm({}, 'next month', month);
    await clock.advance(month - 1);
    expect(delivered).toEqual([]);
    await clock.advance(1);
    expect(delivered).toEqual([`${month} next month`]);
  });

  it('cancels a long timer in any of its parts', async () => {
    const { clock, delivered, timers, arm } = books();
    const one = {};
    arm(one, 'never', 2 ** 32, 'long');
    await clock.advance(2 ** 31);
    timers.cancel(one, 'long');
    expect(clock.pending).toBe(0);
    await clock.advance(2 ** 32);
    expect(delivered).toEqual([]);
  });

  it('touches no timer but its own when an actor stops', () => {
    const { clock, timers, arm } = books();
    const cleared: unknown[] = [];
    const clear = clock.clearTimeout.bind(clock);
    clock.clearTimeout = (handle) => {
      cleared.push(handle);
      clear(handle);
    };
    const mine = {};
    for (let i = 0; i < 1_000; i++) arm({}, 'other', 60_000);
    arm(mine, 'mine', 60_000);
    timers.cancelAll(mine);
    expect(cleared).toHaveLength(1);
    expect(clock.pending).toBe(1_000);
  });
});

describe('a system made by rootActor', () => {
  it('runs `after`, delayed raise and cancel on its clock', async () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    const machine = setup({}).createMachine({
      initial: 'a',
      states: {
        a: {
          entry: [
            raise({ type: 'X' }, { delay: 5, id: 'x' }),
            raise({ type: 'Y' }, { delay: 6, id: 'y' }),
          ],
          after: { 10: 'b' },
          on: {
            X: { actions: [() => seen.push('x'), cancel('y')] },
            Y: { actions: () => seen.push('y') },
          },
        },
        b: { entry: () => seen.push('b'), type: 'final' },
      },
    });
    const actor = rootActor(machine, {
      id: 'root',
      input: undefined,
      clock,
      onError: () => {},
    }).start();
    await clock.advance(9);
    expect(seen).toEqual(['x']);
    await clock.advance(1);
    expect(seen).toEqual(['x', 'b']);
    expect(actor.getSnapshot().status).toBe('done');
    expect(clock.pending).toBe(0);
  });
});
