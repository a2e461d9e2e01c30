import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameCutter, lengthPrefix } from '../../src/ipc/length-prefix.ts';
import { thrown } from '../support/thrown.ts';

const LIMIT = 1_000;

function line(frames: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(frames.flatMap((frame) => [lengthPrefix(frame.length), frame]));
}

/** All that a cutter makes of the pieces of a line. */
function cut(pieces: readonly Uint8Array[]): number[][] {
  const cutter = new FrameCutter(LIMIT);
  const frames: number[][] = [];
  for (const piece of pieces) {
    cutter.push(piece);
    for (let next = cutter.next(); next; next = cutter.next()) frames.push([...next]);
  }
  expect(cutter.left).toBe(0);
  return frames;
}

describe('FrameCutter', () => {
  it('gives the frames of a line, wherever the line is cut in two', () => {
    const frames = [[1, 2, 3], [], [4], [5, 6, 7, 8, 9]];
    const bytes = line(frames.map((frame) => Uint8Array.from(frame)));
    for (let at = 0; at <= bytes.length; at++) {
      expect(cut([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(frames);
    }
  });

  it('gives them of a line that comes byte by byte, or in any pieces', () => {
    const anyFrames = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
    fc.assert(
      fc.property(anyFrames, fc.array(fc.integer({ min: 1, max: 30 })), (frames, sizes) => {
        const bytes = line(frames);
        const pieces: Uint8Array[] = [];
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = sizes[i] ?? 1;
          pieces.push(bytes.subarray(at, at + size));
          at += size;
        }
        expect(cut(pieces)).toEqual(frames.map((frame) => [...frame]));
      }),
    );
  });

  it('refuses a length that nobody could have sent, before it has come', () => {
    const cutter = new FrameCutter(LIMIT);
    cutter.push(lengthPrefix(LIMIT));
    expect(cutter.next()).toBeUndefined();
    const other = new FrameCutter(LIMIT);
    other.push(lengthPrefix(LIMIT + 1));
    const error = thrown(() => other.next(), 'ProtocolError');
    expect(error.details).toEqual({ bytes: LIMIT + 1 });
  });

  it('waits for the rest of what is cut', () => {
    const cutter = new FrameCutter(LIMIT);
    cutter.push(Uint8Array.of(0, 0, 0));
    expect(cutter.next()).toBeUndefined();
    cutter.push(Uint8Array.of(2, 7));
    expect(cutter.next()).toBeUndefined();
    expect(cutter.left).toBe(5);
    cutter.push(Uint8Array.of(8));
    expect([...(cutter.next() ?? [])]).toEqual([7, 8]);
  });
});
