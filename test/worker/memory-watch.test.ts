import { expect, it } from 'vitest';
import { MemoryWatch } from '../../src/worker/index.ts';

function watch(limits: ConstructorParameters<typeof MemoryWatch>[0]) {
  const held = { used_heap_size: 10, external_memory: 10 };
  let looks = 0;
  const told: unknown[] = [];
  const watched = new MemoryWatch(limits, () => {
    looks++;
    return held;
  });
  const look = (now: number) => watched.look(now, (...given) => told.push(given));
  return { held, look, told, looks: () => looks };
}

it('looks now and then, and tells once of what is over its limit', () => {
  const { held, look, told, looks } = watch({ heap: 100 });
  for (let now = 0; now < 100; now++) look(now);
  expect(looks()).toBe(2);
  expect(told).toEqual([]);
  held.used_heap_size = 101;
  for (let now = 100; now < 1_000; now++) look(now);
  expect(told).toEqual([[101, 10]]);
});

it('watches each of the two by itself', () => {
  const { held, look, told } = watch({ external: 50 });
  held.used_heap_size = 1_000;
  look(0);
  held.external_memory = 51;
  look(50);
  expect(told).toEqual([[1_000, 51]]);
});
