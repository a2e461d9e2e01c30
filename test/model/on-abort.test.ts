import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onAbort } from '../../src/model/index.ts';
import { listeners } from '../support/listeners.ts';

describe('onAbort', () => {
  it('calls back everybody once, in order, behind one listener', () => {
    const control = new AbortController();
    const heard: number[] = [];
    for (let who = 0; who < 1_000; who++) onAbort(control.signal, () => heard.push(who));
    expect(listeners(control.signal)).toBe(1);
    control.abort();
    control.abort();
    expect(heard).toEqual(Array.from({ length: 1_000 }, (_, who) => who));
    expect(listeners(control.signal)).toBe(0);
  });

  it('has one listener while somebody waits, none otherwise, and tells those who have stayed', () => {
    // Each is somebody who comes if he is away, and leaves if he waits.
    fc.assert(
      fc.property(fc.array(fc.nat(5), { maxLength: 40 }), (moves) => {
        const control = new AbortController();
        const waiting = new Map<number, () => void>();
        const heard: number[] = [];
        for (const who of moves) {
          const leave = waiting.get(who);
          leave?.();
          if (leave === undefined) {
            waiting.set(
              who,
              onAbort(control.signal, () => heard.push(who)),
            );
          } else waiting.delete(who);
          expect(listeners(control.signal)).toBe(Math.min(waiting.size, 1));
          leave?.();
        }
        control.abort();
        expect(heard).toEqual([...waiting.keys()]);
        for (const leave of waiting.values()) leave();
        expect(listeners(control.signal)).toBe(0);
      }),
    );
  });

  it('keeps signals apart', () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const heard: string[] = [];
    onAbort(one.signal, () => heard.push('one'));
    onAbort(other.signal, () => heard.push('other'));
    one.abort();
    expect(heard).toEqual(['one']);
    expect(listeners(other.signal)).toBe(1);
  });

  it('does not call who leaves while the others are told', () => {
    const control = new AbortController();
    const heard: string[] = [];
    onAbort(control.signal, () => {
      heard.push('first');
      leave();
    });
    const leave = onAbort(control.signal, () => heard.push('second'));
    onAbort(control.signal, () => heard.push('third'));
    control.abort();
    expect(heard).toEqual(['first', 'third']);
  });

  it('never calls who comes once it has aborted, and lets go of him', () => {
    const control = new AbortController();
    let leave = () => {};
    onAbort(control.signal, () => {
      leave = onAbort(control.signal, () => expect.fail('called'));
    });
    control.abort();
    leave();
    onAbort(control.signal, () => expect.fail('called'))();
    expect(listeners(control.signal)).toBe(0);
  });

  it('tells everybody though one throws, and hands the error on', () => {
    const heard: string[] = [];
    let handler: { handleEvent(event: Event): void } | undefined;
    const signal = {
      addEventListener: (_: string, given: typeof handler) => {
        handler = given;
      },
      removeEventListener: () => {},
    } as unknown as AbortSignal;
    onAbort(signal, () => {
      throw new Error('mine');
    });
    onAbort(signal, () => heard.push('second'));
    expect(() => handler?.handleEvent(new Event('abort'))).toThrow('mine');
    expect(heard).toEqual(['second']);
  });
});
