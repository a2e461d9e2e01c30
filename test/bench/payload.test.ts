import { describe, expect, it } from 'vitest';
import { measureCopy, measureMove } from '../../bench/harness/payload.ts';
import { stamp } from '../../bench/tasks/pool.ts';

const window = { size: 4_096, warmupMs: 0, measureMs: 5 };
const run = async (bytes: Uint8Array) => stamp(bytes.slice());
const move = async (buffer: ArrayBuffer) => {
  const moved = structuredClone(buffer, { transfer: [buffer] });
  stamp(new Uint8Array(moved));
  return moved;
};

describe('measureCopy', () => {
  it('is the time of a call, in microseconds', async () => {
    expect(await measureCopy(run, window)).toBeGreaterThan(0);
  });

  it.each([
    ['the input itself', async (bytes: Uint8Array) => stamp(bytes), 'the input was not copied'],
    ['the input as it was', async (bytes: Uint8Array) => bytes.slice(), 'begin with 1'],
    ['too little', async () => new Uint8Array([1]), 'expected 4096 bytes'],
  ])('rejects a pool that gives back %s', async (_, wrong, message) => {
    await expect(measureCopy(wrong, window)).rejects.toThrow(message);
  });
});

describe('measureMove', () => {
  it('is the time of a move in times of a small call, and goes on with what came back', async () => {
    const firsts: (number | undefined)[] = [];
    const watched = (buffer: ArrayBuffer) => {
      firsts.push(new Uint8Array(buffer)[0]);
      return move(buffer);
    };
    expect(await measureMove({ run, move: watched }, window)).toBeGreaterThan(0);
    expect(firsts.slice(0, 2)).toEqual([0, 1].slice(0, firsts.length));
  });

  it('rejects a pool that copies, and one that gives back something else', async () => {
    const copy = async (buffer: ArrayBuffer) => stamp(new Uint8Array(buffer.slice(0))).buffer;
    await expect(measureMove({ run, move: copy }, window)).rejects.toThrow('was not moved');
    const swap = async (buffer: ArrayBuffer) => {
      await move(buffer);
      return new ArrayBuffer(4_096);
    };
    await expect(measureMove({ run, move: swap }, window)).rejects.toThrow('begin with 1');
  });
});
