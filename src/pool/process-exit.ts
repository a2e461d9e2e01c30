import type { ExitReason } from '../model/index.ts';

/** Characters kept of what a process wrote to its error output last. */
const TAIL = 4_096;

/** What V8 says as it gives up for lack of memory. */
const OUT_OF_MEMORY = /heap out of memory|OOM error|Allocation failed/;

/** Aborted, as a shell tells it. */
const ABORTED = 134;

/** Passes a process's error output on, and remembers the end of it. */
export class Tail {
  readonly #to: { write(chunk: Uint8Array): unknown };
  #text = '';

  constructor(to: { write(chunk: Uint8Array): unknown }) {
    this.#to = to;
  }

  get text(): string {
    return this.#text;
  }

  push(chunk: Buffer): void {
    this.#to.write(chunk);
    this.#text = (this.#text + chunk.toString('latin1')).slice(-TAIL);
  }
}

/** Why a process ended that did not say goodbye. */
export function exitReasonOf(
  code: number | null,
  signal: NodeJS.Signals | null,
  errors: string,
): ExitReason {
  const isAbort = signal === 'SIGABRT' || code === ABORTED;
  const said = isAbort ? OUT_OF_MEMORY.exec(errors) : null;
  if (said !== null) {
    const line = errors.split('\n').find((each) => OUT_OF_MEMORY.test(each)) ?? said[0];
    return { kind: 'out_of_memory', error: new Error(line.trim()) };
  }
  if (signal === 'SIGKILL') {
    const why = 'the process was killed from outside, as a system short of memory does';
    return { kind: 'error', error: new Error(why) };
  }
  if (signal !== null || isAbort) {
    return { kind: 'error', error: new Error(`the process ended by ${signal ?? 'SIGABRT'}`) };
  }
  return { kind: 'exited', error: new Error(`the process exited with code ${code}`) };
}
