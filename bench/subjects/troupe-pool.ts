import { transfer } from '../../src/ipc/index.ts';
import { sourceOf, type TaskReference, taskModule, taskReference } from '../../src/model/index.ts';
import { WorkerPool } from '../../src/pool/index.ts';
import type { Clock, Job, Logger, ThreadListener } from '../../src/ports/index.ts';
import type { OpenPool, PoolRequest } from '../harness/pool.ts';

const clock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

const logger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => logger,
};

/**
 * The one place where the bench touches the subject's pool: the pool alone, as an execution uses it,
 * one job, one promise, no supervision.
 */
export async function openPool({ threads, task: name }: PoolRequest): Promise<OpenPool> {
  const tasks = taskModule('bench', new URL('../tasks/pool.js', import.meta.url));
  const moving = taskModule('moving', new URL('./pool-tasks.js', import.meta.url));
  const pool = new WorkerPool({
    threads,
    modules: [tasks, moving].flatMap((module) => sourceOf(module) ?? []),
    clock,
    logger,
    sink: { publish() {} },
  });
  const exits: Promise<void>[] = [];
  const workers = Array.from({ length: threads }, (_, index) => {
    let exited: () => void = () => {};
    exits.push(new Promise((resolve) => (exited = resolve)));
    return pool.open(`worker-${index + 1}`, listener(exited));
  });
  await pool.ready;
  const task = taskReference('bench', name);
  const stampAndMove = taskReference('moving', 'stampAndMove');
  const call = (called: TaskReference, input: unknown) =>
    new Promise((resolve, reject) => pool.dispatch(new Call(called, input, resolve, reject)));
  return {
    run: (input) => call(task, input),
    move: (buffer) => call(stampAndMove, transfer(buffer)),
    queued: () => pool.queued,
    async close() {
      for (const worker of workers) worker.drain();
      await Promise.all(exits);
      await pool.destroy();
    },
    settings: { threads },
  };
}

function listener(exited: () => void): ThreadListener {
  const rest = { overdue() {}, yielded() {}, emptied() {}, hung() {}, worn() {}, broken() {} };
  return { ready() {}, ...rest, exited };
}

class Call implements Job {
  readonly task: TaskReference;
  readonly input: unknown;
  readonly priority = 0;
  readonly executionId = '';
  readonly timeout = 0;
  ticket: unknown;
  readonly #resolve: (output: unknown) => void;
  readonly #reject: (error: Error) => void;

  constructor(
    task: TaskReference,
    input: unknown,
    resolve: (output: unknown) => void,
    reject: (error: Error) => void,
  ) {
    this.task = task;
    this.input = input;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  succeeded(output: unknown): void {
    this.#resolve(output);
  }

  failed(error: Error): void {
    this.#reject(error);
  }

  progressed(): void {}
}
