import {
  createRuntime,
  definePipeline,
  type ExecutionEvent,
  type Runtime,
  type RuntimeEvent,
  type RuntimeOptions,
  taskModule,
} from '../../src/index.ts';
import { SimulatedPool, seededRandom, VirtualClock } from '../../src/testing/index.ts';

type Step = (input: unknown, context: { signal: AbortSignal }) => unknown;

/** A runtime without threads, on a clock in the test's hand. The tasks are `steps.<name>`. */
export async function simulate<T extends Record<string, Step>>(
  tasks: T,
  options: RuntimeOptions & { workers?: number } = {},
) {
  const clock = new VirtualClock();
  const { workers = 4, ...rest } = options;
  const dispatcher = new SimulatedPool({ modules: { steps: tasks }, clock, workers });
  const random = seededRandom(1);
  const runtime = await createRuntime({ dispatcher, clock, random, ...rest });
  const steps = taskModule<{ [K in keyof T]: (input: never) => ReturnType<T[K]> }>(
    'steps',
    'file:///steps.js',
  );
  return { runtime, clock, dispatcher, steps: steps as Steps<T> };
}

type Steps<T extends Record<string, Step>> = {
  readonly [K in keyof T]: import('../../src/index.ts').TaskReference<
    unknown,
    Awaited<ReturnType<T[K]>>
  >;
};

/** One without tasks, all its events, and the part of its tree that the embedder grows. */
export async function simulateTree() {
  const { runtime, clock } = await simulate({});
  const events: RuntimeEvent[] = [];
  runtime.subscribe((event) => events.push(event));
  const user = () => runtime.query.tree().children?.find(({ id }) => id === 'user');
  return { runtime, clock, events, user };
}

/** Lets time pass until the shutdown that is under way has come to this phase. */
export async function advanceTo(
  phase: string,
  runtime: Runtime,
  clock: VirtualClock,
): Promise<void> {
  let hasBegun = false;
  runtime.onShutdown(phase, 'advanceTo', () => {
    hasBegun = true;
  });
  while (!hasBegun) await clock.advance(10);
}

/** `type` or `type step` or `type step[index]`, in order. */
export function outline(events: readonly ExecutionEvent[]): string[] {
  return events.map((event) => {
    if (!('step' in event)) return event.type;
    const index = 'index' in event && event.index !== undefined ? `[${event.index}]` : '';
    return `${event.type} ${event.step}${index}`;
  });
}

export { definePipeline };

/** All that an iterable gives until it ends. */
export async function collect<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of iterable) all.push(item);
  return all;
}
