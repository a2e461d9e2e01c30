import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes in use on the heap of JavaScript, after everything that can be collected has been. */
export function usedHeap(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // What the first one finalises, the second one frees.
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
