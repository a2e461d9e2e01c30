import type { TaskContext } from '../worker/task-context.ts';

/** What a failable task does, whatever it takes. */
export type Fate =
  /** Gives `value`. */
  | { readonly fate: 'ok'; readonly value?: unknown }
  /** Throws an Error with this message, at once or after a turn. */
  | { readonly fate: 'throw'; readonly message?: string }
  | { readonly fate: 'reject'; readonly message?: string }
  /** Throws `value`, which need not be an Error. */
  | { readonly fate: 'throw-value'; readonly value: unknown }
  /** Gives what cannot travel. */
  | { readonly fate: 'unserializable' }
  /** Waits until it is cancelled, then throws the reason. */
  | { readonly fate: 'wait' }
  /** Waits for ever, cancelled or not. */
  | { readonly fate: 'ignore' }
  /** Computes until shared memory says that it is cancelled. */
  | { readonly fate: 'compute' }
  /** Computes for ever. */
  | { readonly fate: 'spin' }
  /** Blocks in `Atomics.wait` for ever. */
  | { readonly fate: 'block' }
  /** Ends its thread with `process.exit`. */
  | { readonly fate: 'exit'; readonly code?: number }
  /** Throws where nobody catches. */
  | { readonly fate: 'crash'; readonly message?: string }
  /** Rejects a promise that nobody holds, and waits. */
  | { readonly fate: 'unhandled'; readonly message?: string }
  /** Fills the heap of its thread. */
  | { readonly fate: 'out-of-memory' };

/** One task whose input chooses its end. */
export function failable(input: Fate, context: TaskContext): unknown {
  const act = FATES[input.fate] as (input: Fate, context: TaskContext) => unknown;
  return act(input, context);
}

const forever = () => new Promise<never>(() => {});

function later(act: () => void): Promise<never> {
  setImmediate(act);
  return forever();
}

const FATES: {
  [K in Fate['fate']]: (input: Extract<Fate, { fate: K }>, context: TaskContext) => unknown;
} = {
  ok: ({ value }) => value,
  throw: ({ message = 'failed as told' }) => {
    throw new Error(message);
  },
  reject: async ({ message = 'failed as told' }) => {
    await null;
    throw new Error(message);
  },
  'throw-value': ({ value }) => {
    throw value;
  },
  unserializable: () => () => {},
  wait: (_input, { signal }) =>
    new Promise((_resolve, reject) => {
      const stop = () => reject(signal.reason);
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop);
    }),
  ignore: forever,
  compute: (_input, context) => {
    for (;;) context.throwIfCancelled();
  },
  spin: () => {
    for (;;);
  },
  block: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
  exit: ({ code = 0 }) => process.exit(code),
  crash: ({ message = 'crashed as told' }) =>
    later(() => {
      throw new Error(message);
    }),
  unhandled: ({ message = 'rejected as told' }) =>
    later(() => {
      void Promise.reject(new Error(message));
    }),
  'out-of-memory': () => {
    const hoard: unknown[] = [];
    // Bit by bit: what takes much at once, such as big arrays, can end the whole process on Node 24.
    for (;;) hoard.push({ nth: hoard.length, of: [1, 2, 3], text: `${hoard.length}` });
  },
};
