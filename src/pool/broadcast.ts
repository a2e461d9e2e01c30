import type { TaskReference } from '../model/index.ts';
import type { Job } from '../ports/index.ts';

/** How one worker answered a broadcast. */
export type WorkerAnswer<Output = unknown> =
  | { readonly worker: string; readonly status: 'fulfilled'; readonly value: Output }
  | { readonly worker: string; readonly status: 'rejected'; readonly reason: Error };

/** The part of one worker in a broadcast. */
export class BroadcastJob implements Job {
  readonly task: TaskReference;
  readonly input: unknown;
  readonly timeout: number;
  readonly priority = 0;
  readonly executionId = '';
  ticket: unknown;
  readonly answer: Promise<WorkerAnswer>;
  #settle: (answer: WorkerAnswer) => void = () => {};
  readonly #worker: string;

  constructor(worker: string, task: TaskReference, input: unknown, timeout: number) {
    this.#worker = worker;
    this.task = task;
    this.input = input;
    this.timeout = timeout;
    this.answer = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  succeeded(value: unknown): void {
    this.#settle({ worker: this.#worker, status: 'fulfilled', value });
  }

  failed(reason: Error): void {
    this.#settle({ worker: this.#worker, status: 'rejected', reason });
  }

  /** Nobody follows it. */
  progressed(): void {}
}
