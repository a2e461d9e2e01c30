import type { ExecutionRun } from '../../actors/index.ts';
import type { Outcome } from '../../machines/index.ts';
import {
  type ExecutionEvent,
  type ExecutionStatus,
  isTerminalEvent,
  onAbort,
} from '../model/index.ts';
import type { StepProgress } from '../pipeline/index.ts';
import type { Journal } from '../ports/index.ts';

export interface EventsOptions {
  /** Only events whose sequence is above this. @default 0 */
  readonly after?: number;
  /** Ends the iteration when it aborts; it then just ends. */
  readonly signal?: AbortSignal;
}

/** One run of a pipeline or task, as its caller holds it. */
export interface Execution<out Output = unknown> {
  readonly id: string;
  readonly status: ExecutionStatus;
  /** Where each step stands. */
  readonly steps: readonly StepProgress[];
  /**
   * What the execution gives. May be asked for at any time and any number of times; nobody asking
   * is no unhandled rejection.
   *
   * @throws TroupeError what made it fail (`TaskFailed`, `TaskTimeout`, `WorkerCrashed`, …),
   *   `ExecutionCancelled`, `ExecutionTimeout` or `RuntimeClosed`
   */
  result(): Promise<Output>;
  /**
   * Its events from the first, past ones included, until the one that ends it. Read from the
   * journal at the reader's own pace: nothing is buffered, and nothing is lost to a slow reader.
   */
  events(options?: EventsOptions): AsyncIterableIterator<ExecutionEvent>;
  /**
   * Asks it to end: nothing new is begun, and tasks under way are asked to stop and given the
   * runtime's grace. Does nothing once it has ended.
   *
   * @returns when it has ended
   */
  cancel(reason?: string): Promise<void>;
  /**
   * Begins nothing new; what is under way goes on.
   * @throws TroupeError `InvalidState` unless it is running
   */
  pause(): Promise<void>;
  /** @throws TroupeError `InvalidState` unless it is paused */
  resume(): Promise<void>;
  /**
   * Gives the tasks of a step that are under way a message: `for await (… of ctx.messages)` in the task
   * reads it. A task that does not read lets its senders wait.
   *
   * @returns when the message is on its way to an inbox with room for it
   * @throws TroupeError `InvalidState` when nothing of the step is under way, its task ends before
   *   it has room, or the step has a cache; `InvalidOption` for a step that there is not;
   *   `NotSerializable`, `PayloadTooLarge`
   */
  send(step: string, message: unknown): Promise<void>;
}

/** The handle of a run. */
export class ExecutionHandle implements Execution {
  readonly #run: ExecutionRun;
  readonly #journal: Journal;

  constructor(run: ExecutionRun, journal: Journal) {
    this.#run = run;
    this.#journal = journal;
  }

  get id(): string {
    return this.#run.id;
  }

  get status(): ExecutionStatus {
    return this.#run.status;
  }

  get steps(): readonly StepProgress[] {
    return this.#run.steps;
  }

  result(): Promise<unknown> {
    return resultOf(this.#run);
  }

  async *events({ after = 0, signal }: EventsOptions = {}): AsyncGenerator<ExecutionEvent> {
    let seen = after;
    for (;;) {
      const events = await this.#nextEvents(seen, signal);
      if (events.length === 0) return;
      for (const event of events) {
        seen = event.sequence;
        yield event;
        if (isTerminalEvent(event) || signal?.aborted) return;
      }
    }
  }

  /** What is recorded after `seen`, once there is something; empty when nothing more will come. */
  async #nextEvents(
    seen: number,
    signal: AbortSignal | undefined,
  ): Promise<readonly ExecutionEvent[]> {
    while (!signal?.aborted) {
      // Listening begins before reading: what is recorded between the two is not missed.
      const ended = this.#run.outcome !== undefined;
      const record = nextRecord(this.#run, signal);
      try {
        const events = await this.#journal.read(this.id, seen);
        // An ended run without a last event was abandoned, or the journal has let go of it.
        if (events.length > 0 || ended) return events;
        await record.came;
      } finally {
        record.forget();
      }
    }
    return [];
  }

  async cancel(reason = 'cancelled by its caller'): Promise<void> {
    await this.#run.cancel(reason);
    await endOf(this.#run);
  }

  async pause(): Promise<void> {
    await this.#run.pause();
  }

  async resume(): Promise<void> {
    await this.#run.resume();
  }

  send(step: string, message: unknown): Promise<void> {
    return this.#run.send(step, message);
  }
}

/** Settles as the run ends. */
export function resultOf(run: ExecutionRun): Promise<unknown> {
  return new Promise((resolve, reject) => {
    run.onEnd((outcome) => {
      if (outcome.status === 'completed') resolve(outcome.output);
      else reject(outcome.error);
    });
  });
}

export function endOf(run: ExecutionRun): Promise<Outcome> {
  return new Promise((resolve) => {
    run.onEnd(resolve);
  });
}

interface NextRecord {
  /** Resolves after the next record, or when the signal aborts. */
  readonly came: Promise<void>;
  /** Nobody waits for it any more. */
  readonly forget: () => void;
}

function nextRecord(run: ExecutionRun, signal: AbortSignal | undefined): NextRecord {
  let come: () => void = () => {};
  const came = new Promise<void>((resolve) => {
    come = resolve;
  });
  const unlisten = run.onRecord(come);
  const leave = signal && onAbort(signal, come);
  const forget = () => {
    unlisten();
    leave?.();
  };
  return { came, forget };
}
