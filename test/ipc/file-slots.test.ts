import { spawnSync } from 'node:child_process';
import { closeSync, fstatSync, openSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { FileSlots, type SharedSlots, sharedSlots } from '../../src/ipc/index.ts';
import { slotCount } from '../../src/ipc/shared-slots.ts';

const CONCURRENCY = 3;
const LENGTH = slotCount(CONCURRENCY);

const open: FileSlots[] = [];

function fileSlots(): FileSlots {
  const slots = FileSlots.create(LENGTH);
  open.push(slots);
  return slots;
}

afterEach(() => {
  for (const slots of open.splice(0)) slots.close();
});

/** What both kinds are alike in. */
describe.each<[kind: string, make: () => SharedSlots]>([
  ['memory of threads', () => sharedSlots(CONCURRENCY)],
  ['a file of processes', fileSlots],
])('slots in %s', (_, make) => {
  it('are as many as they are to be, and 0 at first', () => {
    const slots = make();
    expect(slots.length).toBe(LENGTH);
    expect(Array.from({ length: LENGTH }, (_, slot) => slots.load(slot))).toEqual(
      Array(LENGTH).fill(0),
    );
  });

  it('hold any number of 32 bits, each its own', () => {
    const slots = make();
    const numbers = [1, -1, 2 ** 31 - 1, -(2 ** 31), 0, 77, 5];
    for (const [slot, number] of numbers.entries()) slots.store(slot, number);
    expect(numbers.map((_, slot) => slots.load(slot))).toEqual(numbers);
  });

  it('can be looked through for a number from a slot on', () => {
    const slots = make();
    slots.store(0, 9);
    slots.store(5, 9);
    expect(slots.find(9, 4)).toBe(5);
    expect(slots.find(9, 0)).toBe(0);
    expect(slots.find(9, 6)).toBe(-1);
    expect(slots.find(8, 0)).toBe(-1);
  });
});

describe('FileSlots', () => {
  const CHILD = `
    const { readSync, writeSync } = require('node:fs');
    const pair = new Int32Array(2);
    readSync(3, pair, 0, 8, 8);
    const answer = Int32Array.of(pair[0] + 1, ~(pair[0] + 1));
    writeSync(3, answer, 0, 8, 0);
    process.abort();
  `;

  it('are seen by another process, and outlive its sudden death', () => {
    const slots = fileSlots();
    slots.store(1, 41);
    const stdio = ['ignore', 'ignore', 'ignore', slots.fd] as const;
    const { signal } = spawnSync(process.execPath, ['-e', CHILD], { stdio: [...stdio] });
    expect(signal).toBe('SIGABRT');
    expect(slots.load(0)).toBe(42);
  });

  it('have no name that could be left behind', () => {
    expect(fstatSync(fileSlots().fd).nlink).toBe(0);
  });

  it('leave the file alone that has their number after them', () => {
    const slots = fileSlots();
    const { fd } = slots;
    slots.close();
    const other = openSync(import.meta.filename, 'r');
    try {
      expect(other).toBe(fd);
      expect(() => slots.store(0, 1)).not.toThrow();
      expect(slots.load(0)).toBe(0);
      expect(slots.find(0, 0)).toBe(-1);
    } finally {
      closeSync(other);
    }
  });
});
