import { describe, expect, it } from 'vitest';
import { type ChurnWindow, measureChurn, measureHeap } from '../../bench/harness/churn.ts';

/** A parent that only keeps books. */
function fakeParent() {
  const alive = new Set<string>();
  const lives: number[] = [];
  return {
    lives,
    spawn(id: string) {
      alive.add(id);
      return { id, bornAt: performance.now() };
    },
    finish({ id }: { id: string }) {
      // How many were made after it: 0 for the newest.
      lives.push([...alive].length - [...alive].indexOf(id) - 1);
      if (!alive.delete(id)) throw new Error(`${id} ended twice`);
    },
    get size() {
      return alive.size;
    },
  };
}

const window: ChurnWindow = { live: 10, ends: 'newest', warmupMs: 0, measureMs: 0 };

describe('measureChurn', () => {
  it('ends those that it has added, or those that have lived longest', async () => {
    for (const ends of ['newest', 'oldest'] as const) {
      const parent = fakeParent();
      expect(await measureChurn(parent, { ...window, ends })).toBeGreaterThan(0);
      expect(parent.size).toBe(10);
      // A batch adds 1,000 to the 10: the first to end has 999 after it, or all the others.
      expect(parent.lives[0]).toBe(ends === 'newest' ? 999 : 1_009);
    }
  });

  it('fails with a parent whose books are wrong', async () => {
    const parent = { ...fakeParent(), size: 7 };
    await expect(measureChurn(parent, window)).rejects.toThrow('7 children are there, expected 10');
  });
});

describe('measureHeap', () => {
  it('is the bytes of each child that is kept', () => {
    const kept = new Map<string, Float64Array>();
    const parent = {
      spawn(id: string) {
        kept.set(
          id,
          Float64Array.from({ length: 4 }, () => 1),
        );
        return id;
      },
      finish: (id: string) => void kept.delete(id),
      get size() {
        return kept.size;
      },
    };
    const bytes = measureHeap(parent, 10_000);
    expect(bytes).toBeGreaterThan(32);
    expect(bytes).toBeLessThan(2_000);
    expect(parent.size).toBe(0);
  });
});
