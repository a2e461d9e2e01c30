import {
  type AnyCachePolicy,
  NO_RETRY,
  type Retry,
  type TaskReference,
  topologicalOrder,
} from '../model/index.ts';
import type { Pipeline, StepDefinition } from './pipeline.ts';

/** A step with its defaults filled in and its neighbours resolved. */
export interface PlannedStep {
  readonly name: string;
  /** Its place in the plan's `steps`. */
  readonly index: number;
  readonly task: TaskReference;
  readonly needs: readonly string[];
  /** The steps that wait for this one, by index. */
  readonly dependents: readonly number[];
  readonly fansOut: boolean;
  readonly definition: StepDefinition;
  readonly concurrency: number;
  readonly retry: Retry;
  /** Milliseconds; 0 is no limit. */
  readonly timeout: number;
  /** Milliseconds. */
  readonly queueTimeout: number | undefined;
  readonly cache: AnyCachePolicy | undefined;
  /** Undefined for the default one. */
  readonly executor: string | undefined;
}

/** A pipeline made ready to run: no side effects, the same for every execution. */
export interface Plan {
  readonly pipeline: Pipeline;
  /** In an order in which every step comes after what it needs. */
  readonly steps: readonly PlannedStep[];
  /** Some of its results are kept for the one execution only. */
  readonly keepsOwn: boolean;
}

const plans = new WeakMap<Pipeline, Plan>();

/** The plan of a pipeline; made once. */
export function planOf(pipeline: Pipeline): Plan {
  let plan = plans.get(pipeline);
  if (plan === undefined) {
    plan = makePlan(pipeline);
    plans.set(pipeline, plan);
  }
  return plan;
}

function makePlan(pipeline: Pipeline): Plan {
  const order = topologicalOrder(pipeline.steps);
  const indexOf = new Map(order.map((name, index) => [name, index]));
  const dependents: number[][] = order.map(() => []);
  order.forEach((name, index) => {
    for (const need of pipeline.steps[name]?.needs ?? []) {
      dependents[indexOf.get(need) as number]?.push(index);
    }
  });
  const steps = order.map((name, index): PlannedStep => {
    const definition = pipeline.steps[name] as StepDefinition;
    return {
      name,
      index,
      task: definition.task,
      needs: definition.needs ?? [],
      dependents: dependents[index] as number[],
      fansOut: definition.each !== undefined,
      definition,
      concurrency: definition.concurrency ?? Number.POSITIVE_INFINITY,
      retry: definition.retry ?? NO_RETRY,
      timeout: definition.timeout ?? 0,
      queueTimeout: definition.queueTimeout,
      cache: definition.cache || undefined,
      executor: definition.executor,
    };
  });
  return planWith(pipeline, steps);
}

/** The plan with other caches for its steps; itself when they are the same. */
export function withCaches(
  plan: Plan,
  cacheOf: (step: PlannedStep) => AnyCachePolicy | undefined,
): Plan {
  const caches = plan.steps.map(cacheOf);
  if (plan.steps.every(({ cache }, i) => cache === caches[i])) return plan;
  const steps = plan.steps.map((step, i) => ({ ...step, cache: caches[i] }));
  return planWith(plan.pipeline, steps);
}

/** The plan with other executors for its steps; itself when they are the same. */
export function withExecutors(
  plan: Plan,
  executorOf: (step: PlannedStep) => string | undefined,
): Plan {
  const executors = plan.steps.map(executorOf);
  if (plan.steps.every(({ executor }, i) => executor === executors[i])) return plan;
  const steps = plan.steps.map((step, i) => ({ ...step, executor: executors[i] }));
  return planWith(plan.pipeline, steps);
}

function planWith(pipeline: Pipeline, steps: readonly PlannedStep[]): Plan {
  const keepsOwn = steps.some(({ cache }) => cache?.scope === 'execution');
  return Object.freeze({ pipeline, steps: Object.freeze(steps), keepsOwn });
}
