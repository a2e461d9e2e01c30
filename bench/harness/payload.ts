/** The measuring loops of `pool-payload`, the same for every contestant. */

import { microsecondsEach, type RepeatWindow, repeat } from './repeat.ts';
import { median } from './statistics.ts';

export interface PayloadWindow extends RepeatWindow {
  /** Bytes that go into a task and come back. */
  readonly size: number;
}

/** Its tasks count up the first byte of what they are given, and give it back. */
interface PayloadPool {
  run(bytes: Uint8Array): PromiseLike<unknown>;
  move(buffer: ArrayBuffer): PromiseLike<unknown>;
}

/** Bytes of the call that a move is compared with. */
const SMALL = 1_024;

/** Microseconds of a call whose bytes are copied both ways, one in flight. */
export async function measureCopy(
  run: PayloadPool['run'],
  { size, ...window }: PayloadWindow,
): Promise<number> {
  const bytes = new Uint8Array(size);
  const repeated = await repeat(async () => {
    checkCopy(bytes, await run(bytes), size);
    return 1;
  }, window);
  return microsecondsEach(repeated);
}

/**
 * How many times longer a call takes whose memory moves both ways than one that copies 1 KiB: they
 * take turns, one in flight, and the medians are compared. What came back goes into the next call.
 */
export async function measureMove(
  pool: PayloadPool,
  { size, warmupMs, measureMs }: PayloadWindow,
): Promise<number> {
  const bytes = new Uint8Array(SMALL);
  let buffer = new ArrayBuffer(size);
  const times: { small: number; large: number }[] = [];
  const begin = performance.now();
  for (let moves = 1; ; moves++) {
    const sent = performance.now();
    const copied = await pool.run(bytes);
    const between = performance.now();
    const moved = await pool.move(buffer);
    const came = performance.now();
    checkCopy(bytes, copied, SMALL);
    buffer = checkMove(buffer, moved, size, moves & 0xff);
    if (sent - begin < warmupMs) continue;
    times.push({ small: between - sent, large: came - between });
    if (came - begin >= warmupMs + measureMs) break;
  }
  return median(times.map(({ large }) => large)) / median(times.map(({ small }) => small));
}

function checkCopy(input: Uint8Array, output: unknown, size: number): void {
  if (input.length !== size || input[0] !== 0) throw new Error('the input was not copied');
  if (!(output instanceof Uint8Array) || output.length !== size || output[0] !== 1) {
    throw new Error(`wrong result: expected ${size} bytes that begin with 1`);
  }
}

function checkMove(input: ArrayBuffer, output: unknown, size: number, first: number): ArrayBuffer {
  if (input.byteLength !== 0) throw new Error('the input was not moved');
  const isRight = output instanceof ArrayBuffer && output.byteLength === size;
  if (!isRight || new Uint8Array(output)[0] !== first) {
    throw new Error(`wrong result: expected ${size} bytes that begin with ${first}`);
  }
  return output;
}
