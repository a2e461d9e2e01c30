import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes in use on the heap of JavaScript, after everything that can be collected has been. */
export function usedHeap(): number {
  collectAll();
  return process.memoryUsage().heapUsed;
}

/** As `usedHeap`, and what hangs on it outside, as buffers do. */
export function usedMemory(): number {
  collectAll();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function collectAll(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // What the first one finalises, the second one frees.
  collect();
  collect();
}
