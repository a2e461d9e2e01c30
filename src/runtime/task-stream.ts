import type { ExecutionRun, PieceReader } from '../../actors/index.ts';
import { checkCount, invalidOption } from '../model/index.ts';
import type { StartOptions } from './commands.ts';
import { type Execution, endOf } from './execution.ts';

export interface StreamOptions extends StartOptions {
  /** Where the task runs. @default what the task declares, else 'thread' */
  readonly executor?: string;
  /** Pieces that the task may be ahead of its reader; then it waits at its `yield`. @default 16 */
  readonly ahead?: number;
}

/** What a running task yields, for one reader. */
export interface TaskStream<out Piece = unknown, out Returned = unknown>
  extends AsyncIterableIterator<Piece>,
    AsyncDisposable {
  /** Its events, its result (what the generator returns) and the way to cancel it. */
  readonly execution: Execution<Returned>;
  /**
   * Gives the task a message, which it reads from `ctx.messages`.
   * @throws TroupeError as `Execution.send`
   */
  send(message: unknown): Promise<void>;
  /**
   * Leaves the stream, as `break` does: cancels a task that runs. From the call on, every `next()`,
   * also one that waits, says that the stream is over.
   *
   * @returns when the task has ended
   */
  return(): Promise<IteratorResult<Piece, undefined>>;
}

const DEFAULT_AHEAD = 16;
const MAX_AHEAD = 65_536;
/** The one step of an execution that is a single task. */
const STEP = 'task';

/** @throws TroupeError `InvalidOption` */
export function checkStreamOptions(options: StreamOptions = {}): StreamOptions & { ahead: number } {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidOption('options', 'an object', options);
  }
  const { ahead = DEFAULT_AHEAD, ...others } = options;
  return { ...others, ahead: checkCount('ahead', ahead, 1, MAX_AHEAD) };
}

type Result = IteratorResult<unknown, undefined>;

/** Keeps what a task yields until its one reader asks for it, and lets the task yield more then. */
export class StreamReader implements PieceReader, TaskStream {
  readonly #ahead: number;
  #run: ExecutionRun | undefined;
  #execution: Execution | undefined;
  #pieces: unknown[] = [];
  /** Read, and not granted anew yet: that is done half of what it may be ahead at a time. */
  #read = 0;
  #waiting: { resolve: (result: Result) => void; reject: (error: unknown) => void }[] = [];
  #isOver = false;
  #isLeft = false;
  #failure: Error | undefined;

  constructor(ahead: number) {
    this.#ahead = ahead;
  }

  /** Its execution has begun. */
  follow(run: ExecutionRun, execution: Execution): void {
    this.#run = run;
    this.#execution = execution;
    run.grant(this.#ahead);
    run.onEnd((outcome) => {
      this.#isOver = true;
      // Whoever left has no use for how it ended.
      if (outcome.status !== 'completed' && !this.#isLeft) this.#failure = outcome.error;
      for (const reader of this.#waiting.splice(0)) this.#conclude(reader.resolve, reader.reject);
    });
  }

  get execution(): Execution {
    // Set before anybody gets this stream.
    return this.#execution as Execution;
  }

  piece(value: unknown): void {
    if (this.#isLeft) return;
    const reader = this.#waiting.shift();
    if (reader === undefined) {
      this.#pieces.push(value);
      return;
    }
    this.#count();
    reader.resolve({ done: false, value });
  }

  next(): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#pieces.length > 0) {
        this.#count();
        resolve({ done: false, value: this.#pieces.shift() });
      } else if (this.#isOver) this.#conclude(resolve, reject);
      else this.#waiting.push({ resolve, reject });
    });
  }

  async return(): Promise<IteratorResult<never, undefined>> {
    const run = this.#run as ExecutionRun;
    this.#leave();
    await run.cancel('its reader left the stream');
    await endOf(run);
    return DONE;
  }

  send(message: unknown): Promise<void> {
    return this.execution.send(STEP, message);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** At once, however long the task takes to end: who waits is answered, and nothing more is kept. */
  #leave(): void {
    this.#isLeft = true;
    this.#isOver = true;
    this.#pieces = [];
    this.#failure = undefined;
    for (const reader of this.#waiting.splice(0)) reader.resolve(DONE);
  }

  /** A failure is told once, then the stream is over. */
  #conclude(resolve: (result: Result) => void, reject: (error: unknown) => void): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure === undefined) resolve(DONE);
    else reject(failure);
  }

  #count(): void {
    this.#read++;
    if (this.#read * 2 < this.#ahead) return;
    this.#run?.grant(this.#read);
    this.#read = 0;
  }
}

const DONE = { done: true, value: undefined } as const;
