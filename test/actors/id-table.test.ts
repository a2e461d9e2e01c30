import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Identified, IdTable } from '../../actors/id-table.ts';

const order = (a: string, b: string) => (a < b ? -1 : 1);

/** The table beside the map that it stands for. */
class Both {
  readonly table = new IdTable<Identified>();
  readonly map = new Map<string, Identified>();

  add(id: string): void {
    const entry = { id };
    const isNew = !this.map.has(id);
    expect(this.table.add(entry)).toBe(isNew);
    if (isNew) this.map.set(id, entry);
  }

  take(id: string): void {
    expect(this.table.take(id)).toBe(this.map.get(id));
    this.map.delete(id);
  }

  compare(ids: readonly string[]): void {
    expect(this.table.size).toBe(this.map.size);
    expect(
      this.table
        .entries()
        .map(({ id }) => id)
        .sort(order),
    ).toEqual([...this.map.keys()].sort(order));
    for (const id of ids) expect(this.table.has(id)).toBe(this.map.has(id));
  }
}

describe('IdTable', () => {
  // Few ids, so that they are added and taken again and again; some of them odd.
  const id = fc.oneof(
    fc.nat({ max: 60 }).map((n) => `execution-${n}`),
    fc.constantFrom('', '__proto__', 'constructor', 'ü', '\u0000', '𝄞'),
    fc.string({ maxLength: 3 }),
  );
  const step = fc.record({ takes: fc.boolean(), id });

  it('cannot be told from a map', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const both = new Both();
        for (const { takes, id } of steps) takes ? both.take(id) : both.add(id);
        both.compare(steps.map(({ id }) => id));
      }),
      { numRuns: 500 },
    );
  });

  it('grows and shrinks with what is in it', () => {
    const both = new Both();
    const ids = Array.from({ length: 20_000 }, (_, i) => `01a1fc68-917e-7000-${i}`);
    for (const each of ids) both.add(each);
    both.compare(ids);
    for (const each of ids.filter((_, i) => i % 3 !== 0)) both.take(each);
    both.compare(ids);
    for (const each of ids) both.take(each);
    both.compare(ids);
  });
});
