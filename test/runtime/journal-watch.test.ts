import { describe, expect, it } from 'vitest';
import type { ExecutionEvent } from '../../src/index.ts';
import { JournalWatch } from '../../src/runtime/journal-watch.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import { gate } from '../support/gate.ts';

const EVENTS: readonly ExecutionEvent[] = [];
const FULL = new Error('disk full');
const REFUSED = expect.objectContaining({
  code: 'JournalFailed',
  message: 'the journal refused a record: disk full',
  cause: FULL,
});

/** A journal whose appends answer in turn as the test says. */
function watchOver(...answers: (() => unknown)[]) {
  const clock = new VirtualClock();
  const seen: unknown[] = [];
  const append = (events: readonly ExecutionEvent[]) => {
    seen.push(events);
    return answers.shift()?.() as void | Promise<void>;
  };
  return { watch: new JournalWatch({ append }, clock), clock, seen };
}

const fails = () => {
  throw FULL;
};

describe('a watched journal', () => {
  it('is appended to as it is: what it gives is handed on, what it throws is named', async () => {
    const { watch, seen } = watchOver(
      () => undefined,
      fails,
      () => Promise.reject(FULL),
      async () => {},
    );
    expect(watch.append(EVENTS)).toBeUndefined();
    expect(() => watch.append(EVENTS)).toThrow(REFUSED);
    await expect(watch.append(EVENTS)).rejects.toMatchObject(REFUSED);
    await expect(watch.append(EVENTS)).resolves.toBeUndefined();
    expect(seen).toEqual([EVENTS, EVENTS, EVENTS, EVENTS]);
    expect(seen[0]).toBe(EVENTS);
  });

  it.each([
    ['throws', fails],
    ['rejects', () => Promise.reject(FULL)],
  ])('has failed once it %s, since then, until an append succeeds', async (_, failing) => {
    const { watch, clock } = watchOver(
      failing,
      failing,
      async () => {},
      failing,
      () => {},
    );
    const append = async () => watch.append(EVENTS);
    expect(watch.failure).toBeUndefined();
    await expect(append()).rejects.toMatchObject(REFUSED);
    await clock.advance(70);
    expect(watch.failure).toEqual({ error: FULL, age: 70 });
    await expect(append()).rejects.toMatchObject(REFUSED);
    expect(watch.failure).toEqual({ error: FULL, age: 0 });
    await append();
    expect(watch.failure).toBeUndefined();
    await expect(append()).rejects.toMatchObject(REFUSED);
    expect(watch.failure).toMatchObject({ error: FULL });
    expect(watch.append(EVENTS)).toBeUndefined();
    expect(watch.failure).toBeUndefined();
  });

  it('goes by the append that ended last, not by the one that began last', async () => {
    const slow = gate();
    const { watch } = watchOver(
      () => slow.passed,
      async () => {},
    );
    const first = watch.append(EVENTS);
    await watch.append(EVENTS);
    slow.fail(FULL);
    await expect(first).rejects.toMatchObject(REFUSED);
    expect(watch.failure).toMatchObject({ error: FULL });
  });

  it('asks a lazy promise once', async () => {
    let asked = 0;
    // biome-ignore lint/suspicious/noThenProperty: as query builders have it
    const lazy = { then: (resolve: (times: number) => void) => resolve(++asked) };
    const { watch } = watchOver(() => lazy);
    await watch.append(EVENTS);
    expect(asked).toBe(1);
  });
});
