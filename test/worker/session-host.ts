import { expect } from 'vitest';
import { FrameEncoder } from '../../src/ipc/frame-encoder.ts';
import {
  decodeFrame,
  HostKind,
  type HostMessage,
  RunFlag,
  SharedSlot,
  type SharedSlots,
  sharedSlots,
  WORKER_VALUES,
  WorkerKind,
  type WorkerMessage,
} from '../../src/ipc/index.ts';
import { type CallInfo, type ErrorRecord, recordOf, TroupeError } from '../../src/model/index.ts';
import {
  type LoadedTask,
  Session,
  type SessionOptions,
  type TaskContext,
} from '../../src/worker/index.ts';

export type Task = (input: never, context: TaskContext) => unknown;

/**
 * The host of a session on the same thread: a line that really packs what it carries, a clock that
 * stands still unless it is moved.
 */
export class SessionHost {
  readonly session: Session;
  readonly shared: SharedSlots;
  /** What the session sent, frame by frame. */
  readonly frames: (readonly WorkerMessage[])[] = [];
  now = 0;
  closed = false;
  readonly #names: readonly string[];
  #deliver: (batch: readonly HostMessage[]) => void = () => {};
  #tell: (batch: readonly HostMessage[]) => void = () => {};
  #fail: (error: Error) => void = () => {};
  readonly #arrived: (readonly HostMessage[])[] = [];

  constructor(tasks: Readonly<Record<string, Task>>, more: Partial<SessionOptions> = {}) {
    this.shared = sharedSlots(more.concurrency ?? 1);
    this.#names = Object.keys(tasks);
    const loaded = Object.entries(tasks).map(([name, run]): LoadedTask => {
      const takesContext = run.length !== 1;
      return { id: `m.${name}`, run: run as LoadedTask['run'], takesContext, timeout: 0 };
    });
    const encoder = new FrameEncoder({ names: WORKER_VALUES });
    const transport = {
      write: (message: WorkerMessage) => encoder.add(message),
      flush: () => {
        const parcel = encoder.take();
        if (parcel === undefined) return;
        const { frame, beside, moved } = parcel;
        const received = structuredClone({ frame, beside }, { transfer: moved as ArrayBuffer[] });
        this.frames.push(decodeFrame<WorkerMessage>(received));
      },
      receive: (
        deliver: (batch: readonly HostMessage[]) => void,
        fail: (error: Error) => void,
        quiet: () => void,
      ) => {
        this.#tell = deliver;
        this.#deliver = (batch) => {
          deliver(batch);
          quiet();
        };
        this.#fail = fail;
      },
      poll: () => this.#poll(),
      overhear: () => false,
      close: () => {
        this.closed = true;
      },
    };
    this.session = new Session(transport, {
      tasks: loaded,
      shared: this.shared,
      now: () => this.now,
      ...more,
    });
  }

  /** Everything that was sent, whatever the frames. */
  get sent(): readonly WorkerMessage[] {
    return this.frames.flat();
  }

  /** What became of the jobs: outputs, and messages of errors. */
  get answers(): readonly (readonly [job: number, what: unknown])[] {
    return this.sent.flatMap((message) => {
      if (message[0] === WorkerKind.result) return [[message[1], message[2]] as const];
      if (message[0] === WorkerKind.error) return [[message[1], message[2].message] as const];
      return [];
    });
  }

  get started(): number {
    return this.shared.load(SharedSlot.started);
  }

  deliver(...batch: readonly HostMessage[]): void {
    this.#deliver(batch);
  }

  /** What arrives while tasks run, and is not told of before somebody looks. */
  arrive(...batch: readonly HostMessage[]): void {
    this.#arrived.push(batch);
  }

  #poll(): boolean {
    const batch = this.#arrived.shift();
    if (batch === undefined) return false;
    this.#tell(batch);
    return true;
  }

  /** The line itself tells of a frame that was none. */
  breakLine(error: Error): void {
    this.#fail(error);
  }

  run(job: number, name: string, input?: unknown, flags = 0, info?: CallInfo): HostMessage {
    const index = this.#names.indexOf(name);
    if (info === undefined) return [HostKind.run, job, index, input, flags];
    return [HostKind.run, job, index, input, flags, info];
  }

  stream(job: number, name: string, input?: unknown): HostMessage {
    return this.run(job, name, input, RunFlag.stream);
  }
}

export function cancel(job: number, error: Error): HostMessage {
  return [HostKind.cancel, job, recordOf(error)];
}

export const cancelled = new TroupeError('TaskCancelled', 'asked to stop', {
  details: { why: 'test' },
});

export const close: HostMessage = [HostKind.close, 0];

/** Lets the event loop turn once: promises settle, and what waits for the next turn runs. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

export const echo: Task = (input: unknown) => input;

/** The error that the session answered a job with. */
export function errorOf(host: SessionHost, job: number): ErrorRecord {
  const message = host.sent.find((sent) => sent[0] === WorkerKind.error && sent[1] === job);
  if (message?.[0] !== WorkerKind.error) return expect.fail(`job ${job} has no error`);
  return message[2] as ErrorRecord;
}

/** Lets the event loop turn until whatever was set going has come to rest. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await turn();
}
