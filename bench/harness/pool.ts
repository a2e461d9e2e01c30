/** What every contestant of the scenarios of pools opens, and what is measured with it. */

import type * as tasks from '../tasks/pool.ts';
import { contest } from './contest.ts';
import {
  type HangParameters,
  measureDetection,
  measureNeighbours,
  type NeighbourParameters,
} from './hung-neighbour.ts';
import { type LatencyWindow, measureLatency } from './latency.ts';
import { measureCopy, measureMove, type PayloadWindow } from './payload.ts';
import { measureQueueMemory, type QueueParameters } from './queue-memory.ts';
import type { ContestParameters, JsonObject } from './scenario.ts';
import { measureSpeedUp, type SpeedUpParameters } from './speed-up.ts';
import { measureThroughput, type ThroughputWindow } from './throughput.ts';
import { numbers, orders } from './work.ts';

/** What a contestant is to open. */
export interface PoolRequest<Settings = object> {
  readonly threads: number;
  /** The function of `tasks/pool.ts` that `run` calls. */
  readonly task: keyof typeof tasks;
  readonly settings: Settings;
}

/** A pool whose threads are there, or on their way. */
export interface OpenPool {
  run(input: unknown): PromiseLike<unknown>;
  /** Runs its task `stampAndMove`, by which memory moves there and back. */
  move?(buffer: ArrayBuffer): PromiseLike<unknown>;
  /** Runs `hang`, a task that never ends, and ends it after so many milliseconds. */
  hang?(timeoutMs: number): PromiseLike<unknown>;
  /** Tasks that wait for a thread, by the pool's own books. */
  queued?(): number;
  close(): Promise<void>;
  /** What it runs with, for the report. */
  readonly settings: object;
}

/** What a scenario asks for, each by its own measuring loop. */
type Measurement =
  | ({ readonly measure: 'throughput' } & ThroughputWindow)
  | ({ readonly measure: 'latency' } & LatencyWindow)
  | ({ readonly measure: 'speed-up' | 'overhead' } & SpeedUpParameters)
  | ({ readonly measure: 'copy' | 'move' } & PayloadWindow)
  | ({ readonly measure: 'memory' } & QueueParameters)
  | ({ readonly measure: 'neighbours' } & NeighbourParameters)
  | ({ readonly measure: 'detection' } & HangParameters);

type PoolParameters<Settings> = ContestParameters<Settings> & PoolRequest<Settings> & Measurement;

/** Opens the contestant's pool, measures what the scenario asks for, and closes it. */
export async function contestPool<Settings extends object = object>(
  open: (request: PoolRequest<Settings>) => OpenPool | Promise<OpenPool>,
): Promise<void> {
  let isLeft = false;
  await contest<PoolParameters<Settings>>(async (parameters) => {
    const pool = await open(parameters);
    const value = await measurePool(pool, parameters);
    // Some pools take minutes to be rid of a million tasks.
    isLeft = parameters.measure === 'memory';
    if (!isLeft) await pool.close();
    return { value, settings: pool.settings as JsonObject };
  });
  if (isLeft) process.exit();
}

async function measurePool(pool: OpenPool, parameters: PoolRequest & Measurement): Promise<number> {
  switch (parameters.measure) {
    case 'throughput': {
      const work = parameters.task === 'revise' ? orders : numbers;
      return measureThroughput((input) => pool.run(input), work, parameters);
    }
    case 'latency':
      return measureLatency((x) => pool.run(x), parameters);
    case 'speed-up':
      return measureSpeedUp((rounds) => pool.run(rounds), parameters);
    case 'copy':
      return measureCopy((bytes) => pool.run(bytes), parameters);
    case 'move':
      return measureMove(pool as Required<OpenPool>, parameters);
    case 'memory':
      return measureQueueMemory(pool as Required<OpenPool>, parameters);
    case 'neighbours':
      return measureNeighbours(pool as Required<OpenPool>, parameters);
    case 'detection':
      return measureDetection(pool as Required<OpenPool>, parameters);
    case 'overhead':
      return 1 / (await measureSpeedUp((rounds) => pool.run(rounds), parameters));
  }
}
