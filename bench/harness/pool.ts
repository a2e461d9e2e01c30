/** What every contestant of the scenarios of pools opens, and what is measured with it. */

import type * as tasks from '../tasks/pool.ts';
import { contest } from './contest.ts';
import type { ContestParameters, JsonObject } from './scenario.ts';
import { measureThroughput, type ThroughputWindow } from './throughput.ts';
import { numbers, orders } from './work.ts';

/** What a contestant is to open. */
export interface PoolRequest<Settings = object> {
  readonly threads: number;
  /** The function of `tasks/pool.ts` that `run` calls. */
  readonly task: keyof typeof tasks;
  readonly settings: Settings;
}

/** A pool whose threads are there. */
export interface OpenPool {
  run(input: unknown): PromiseLike<unknown>;
  /** Need not wait for tasks that have not started; whatever waits then fails or is forgotten. */
  close(): Promise<void>;
  /** What it runs with, for the report. */
  readonly settings: object;
}

type PoolParameters<Settings> = ContestParameters<Settings> &
  PoolRequest<Settings> &
  ThroughputWindow;

/** Opens the contestant's pool, measures what the scenario asks for, and closes it. */
export function contestPool<Settings = object>(
  open: (request: PoolRequest<Settings>) => OpenPool | Promise<OpenPool>,
): Promise<void> {
  return contest<PoolParameters<Settings>>(async ({ threads, task, settings, ...window }) => {
    const pool = await open({ threads, task, settings });
    const work = task === 'revise' ? orders : numbers;
    const value = await measureThroughput((input) => pool.run(input), work, window);
    await pool.close();
    return { value, settings: pool.settings as JsonObject };
  });
}
