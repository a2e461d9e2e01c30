import { describe, expect, it } from 'vitest';
import { exitReasonOf, Tail } from '../../src/pool/process-exit.ts';

const NO_HEAP = `<--- Last few GCs --->
FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory
----- Native stack trace -----`;

describe('the end of a process', () => {
  it.each([
    ['an exit, with 0 too', 0, null, '', 'exited', 'the process exited with code 0'],
    ['an exit', 7, null, NO_HEAP, 'exited', 'the process exited with code 7'],
    ['a native crash', null, 'SIGSEGV', '', 'error', 'the process ended by SIGSEGV'],
    ['an abort', null, 'SIGABRT', 'Aborted', 'error', 'the process ended by SIGABRT'],
    ['an abort, as a shell tells it', 134, null, '', 'error', 'the process ended by SIGABRT'],
    ['no heap', null, 'SIGABRT', NO_HEAP, 'out_of_memory', NO_HEAP.split('\n')[1]],
    ['no heap, as a shell tells it', 134, null, NO_HEAP, 'out_of_memory', NO_HEAP.split('\n')[1]],
    ['a signal from outside', null, 'SIGKILL', NO_HEAP, 'error', /killed from outside/],
  ] as const)('is told for what it was: %s', (_, code, signal, errors, kind, why) => {
    const reason = exitReasonOf(code, signal, errors);
    expect(reason.kind).toBe(kind);
    expect((reason.error as Error).message).toEqual(
      why instanceof RegExp ? expect.stringMatching(why) : why,
    );
  });
});

describe('Tail', () => {
  it('passes everything on, and keeps the end', () => {
    const passed: string[] = [];
    const tail = new Tail({ write: (chunk) => passed.push(Buffer.from(chunk).toString()) });
    tail.push(Buffer.from('a'.repeat(4_000)));
    tail.push(Buffer.from('b'.repeat(200)));
    expect(passed.join('')).toHaveLength(4_200);
    expect(tail.text).toBe('a'.repeat(3_896) + 'b'.repeat(200));
  });
});
