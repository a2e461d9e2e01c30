import { describe, expect, it } from 'vitest';
import {
  createRuntime,
  definePipeline,
  type ErrorCode,
  type Execution,
  isTerminalEvent,
  type Runtime,
  type RuntimeEvent,
  type RuntimeOptions,
  TroupeError,
} from '../../src/index.ts';
import { type Fate, failable, seededRandom } from '../../src/testing/index.ts';
import { until } from '../support/until.ts';

/**
 * Thousands of tasks that succeed, throw, crash, exit, loop, run out of memory, are cancelled and time
 * out, while the pool is resized: each settles once, with the right cause, and nothing is left over.
 * Drawn from a seed: `TROUPE_SEED=…` draws another run.
 */

const TASKS = Number(process.env.TROUPE_CHAOS_TASKS ?? 2_000);
const SEED = Number(process.env.TROUPE_SEED ?? 1);
const UNDER_WAY = 64;

const CONFIGURATIONS: readonly (readonly [name: string, options: RuntimeOptions])[] = [
  ['two threads', {}],
  ['several tasks at a time', { concurrency: 8 }],
  ['an elastic pool', { threads: { min: 1, max: 3, idleTimeout: 50 } }],
  ['threads that are recycled', { recycle: { tasks: 100 } }],
  [
    'a queue with keys and aging',
    { schedule: { aging: 5, keys: () => ({ weight: 2, concurrency: 20 }) } },
  ],
];

/** What a task is to do, and how it must end unless the death of its worker takes it along. */
interface Draw {
  readonly fate: Fate;
  readonly ends: 'well' | ErrorCode;
  readonly timeout?: number;
  readonly cancel?: boolean;
}

const draws = (fate: Fate, ends: Draw['ends'], more: Omit<Draw, 'fate' | 'ends'> = {}): Draw => {
  return { fate, ends, ...more };
};

/** How often in a thousand; one that costs a thread is rare. */
const KINDS: readonly (readonly [weight: number, draw: Draw])[] = [
  [800, draws({ fate: 'ok' }, 'well')],
  [60, draws({ fate: 'throw' }, 'TaskFailed')],
  [60, draws({ fate: 'reject' }, 'TaskFailed')],
  [20, draws({ fate: 'unserializable' }, 'NotSerializable')],
  [20, draws({ fate: 'wait' }, 'ExecutionCancelled', { cancel: true })],
  [20, draws({ fate: 'compute' }, 'TaskTimeout', { timeout: 5 })],
  [8, draws({ fate: 'wait' }, 'TaskTimeout', { timeout: 5 })],
  [4, draws({ fate: 'exit' }, 'WorkerExited')],
  [3, draws({ fate: 'crash' }, 'WorkerCrashed')],
  [2, draws({ fate: 'unhandled' }, 'WorkerCrashed')],
  [1, draws({ fate: 'spin' }, 'TaskTimeout', { timeout: 5 })],
  [1, draws({ fate: 'ignore' }, 'TaskTimeout', { timeout: 5 })],
  [1, draws({ fate: 'out-of-memory' }, 'WorkerOutOfMemory')],
];

/**
 * Tasks that are under way together share the fate of their worker, whoever brought that about. Where one
 * runs at a time, a worker that is ended for its task may have come to the next one at that very moment.
 */
function shared({ concurrency = 1 }: RuntimeOptions): ReadonlySet<string> {
  const codes: readonly ErrorCode[] = ['WorkerExited', 'WorkerCrashed', 'WorkerOutOfMemory'];
  return new Set([...(concurrency > 1 ? codes : []), 'WorkerHung']);
}

function drawnWith(random: () => number): Draw {
  let left = random() * KINDS.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, draw] of KINDS) {
    left -= weight;
    if (left < 0) return draw;
  }
  return draws({ fate: 'ok' }, 'well');
}

function pipelineOf({ timeout }: Draw) {
  const step = { task: failable.failable, ...(timeout !== undefined && { timeout }) };
  return definePipeline({ id: `chaos-${timeout ?? 0}`, steps: { step } });
}

async function perform(runtime: Runtime, draw: Draw, key: string): Promise<string> {
  let execution: Execution | undefined;
  try {
    execution = await runtime.start(pipelineOf(draw), draw.fate, { concurrencyKey: key });
    if (draw.cancel === true) void execution.cancel('chaos');
    await execution.result();
    return 'well';
  } catch (error) {
    return TroupeError.is(error) ? error.code : String(error);
  }
}

/** What keeps a process alive, or would: by kind. */
function resources(): Record<string, number> {
  const count: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) count[kind] = (count[kind] ?? 0) + 1;
  return count;
}

async function chaos(runtime: Runtime, random: () => number): Promise<readonly [Draw, string][]> {
  const outcomes: [Draw, string][] = [];
  let begun = 0;
  const lane = async () => {
    while (begun < TASKS) {
      const number = begun++;
      const draw = drawnWith(random);
      if (number % 250 === 249) await runtime.pool().resize(1 + Math.floor(random() * 3));
      outcomes.push([draw, await perform(runtime, draw, `key ${number % 3}`)]);
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, lane));
  return outcomes;
}

describe('chaos', () => {
  it.each(CONFIGURATIONS)(
    'in %s settles each task once, with the right cause, and leaves nothing over',
    async (_, options) => {
      const before = resources();
      const { next } = seededRandom(SEED);
      const runtime = await createRuntime({
        tasks: [failable],
        threads: 2,
        grace: 30,
        restartIntensity: { intensity: 10_000 },
        resourceLimits: { maxOldGenerationSizeMb: 48 },
        ...options,
      });
      const ends = new Map<string, number>();
      runtime.subscribe((event: RuntimeEvent) => {
        if (!('executionId' in event) || !isTerminalEvent(event as never)) return;
        ends.set(event.executionId, (ends.get(event.executionId) ?? 0) + 1);
      });
      const outcomes = await chaos(runtime, next);
      const excused = shared(options);
      const wrong = outcomes.filter(([{ ends }, got]) => got !== ends && !excused.has(got));
      expect(wrong).toEqual([]);
      expect(outcomes).toHaveLength(TASKS);
      expect(new Set(ends.values())).toEqual(new Set([1]));
      expect(ends.size).toBe(TASKS);
      // Who ran out of time was told so before its task has stopped.
      await until(() => runtime.pool().stats().inFlight === 0);
      expect(runtime.pool().stats().queued).toBe(0);
      const report = await runtime.shutdown();
      expect(report).toMatchObject({ overran: [], errors: [] });
      await until(() => {
        const { MessagePort: ports = 0, Timeout: timers = 0 } = resources();
        return ports <= (before.MessagePort ?? 0) && timers <= (before.Timeout ?? 0);
      });
    },
    300_000,
  );
});
