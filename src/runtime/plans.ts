import {
  type CachePolicy,
  checkCachePolicy,
  type DeclaredCachePolicy,
  describe,
  invalidOption,
  isTaskReference,
  type TaskReference,
  TroupeError,
  taskNotFound,
  taskReference,
} from '../model/index.ts';
import {
  definePipeline,
  isPipeline,
  type Pipeline,
  type Plan,
  planOf,
  withCaches,
  withExecutors,
} from '../pipeline/index.ts';

/** The tasks that the workers have loaded. */
export interface KnownTasks {
  readonly ids: readonly string[];
  has(id: string): boolean;
  get(id: string):
    | {
        readonly cache: DeclaredCachePolicy | undefined;
        readonly executor: string | undefined;
      }
    | undefined;
}

/** The executors that there are. */
export interface KnownExecutors {
  /**
   * The name as a plan has it: undefined for the default one.
   * @throws TroupeError `ExecutorNotFound`, `InvalidOption`
   */
  resolve(name: string | undefined): string | undefined;
}

export interface PlanSources {
  readonly pipelines: ReadonlyMap<string, Pipeline>;
  /** The tasks that the workers have, or undefined where nobody can tell. */
  readonly knownTasks: KnownTasks | undefined;
  readonly executors: KnownExecutors;
}

/** What one call wants otherwise than its task declares. */
export interface TaskPlanOptions {
  readonly cache?: CachePolicy<never, never> | false | undefined;
  readonly executor?: string | undefined;
}

/** What commands name, made ready to run: checked, with what tasks declare, and made once. */
export class Plans {
  readonly #sources: PlanSources;
  /** The one-step plans of single tasks, by task id. */
  readonly #ofTasks = new Map<string, Plan>();
  readonly #ofPipelines = new WeakMap<Pipeline, Plan>();
  /** Those of single tasks on other executors than theirs, by its name. */
  readonly #elsewhere = new Map<string, WeakMap<Plan, Plan>>();

  constructor(sources: PlanSources) {
    this.#sources = sources;
  }

  /**
   * A task that the workers have.
   * @throws TroupeError `TaskNotFound`, `InvalidOption`
   */
  task(task: TaskReference | string): TaskReference {
    const reference = this.#reference(task);
    this.#checkTask(reference);
    return reference;
  }

  /** @throws TroupeError `PipelineNotFound`, `InvalidOption` */
  pipeline(pipeline: Pipeline | string): Pipeline {
    if (isPipeline(pipeline)) return pipeline;
    if (typeof pipeline !== 'string') {
      throw invalidOption('pipeline', 'made by definePipeline(), or the id of one', pipeline);
    }
    const { pipelines } = this.#sources;
    const found = pipelines.get(pipeline);
    if (found !== undefined) return found;
    const known = [...pipelines.keys()].join(', ') || 'none';
    throw new TroupeError(
      'PipelineNotFound',
      `there is no pipeline ${describe(pipeline)}; known are: ${known}`,
      { details: { pipeline } },
    );
  }

  /** @throws TroupeError `TaskNotFound`, `ExecutorNotFound`, `InvalidOption` */
  ofTask(task: TaskReference | string, options?: TaskPlanOptions): Plan {
    const plan = this.#ofTask(task);
    if (options === undefined) return plan;
    const { cache, executor } = options;
    const own = executor === undefined ? plan : this.#on(executor, plan);
    if (cache === undefined) return own;
    if (cache !== false) checkCachePolicy('cache', cache);
    return withCaches(own, () => cache || undefined);
  }

  /**
   * The plan of a pipeline whose tasks and executors there are.
   * @throws TroupeError `TaskNotFound`, `ExecutorNotFound`
   */
  ofPipeline(pipeline: Pipeline): Plan {
    const known = this.#ofPipelines.get(pipeline);
    if (known !== undefined) return known;
    const plain = planOf(pipeline);
    for (const { task } of plain.steps) this.#checkTask(task);
    const { knownTasks, executors } = this.#sources;
    const cached = withCaches(plain, ({ task, cache, definition }) =>
      definition.cache === undefined ? knownTasks?.get(task.id)?.cache : cache,
    );
    const plan = withExecutors(cached, ({ task, definition }) =>
      executors.resolve(definition.executor ?? knownTasks?.get(task.id)?.executor),
    );
    this.#ofPipelines.set(pipeline, plan);
    return plan;
  }

  #ofTask(task: TaskReference | string): Plan {
    const reference = this.#reference(task);
    let plan = this.#ofTasks.get(reference.id);
    if (plan === undefined) {
      const steps = { task: { task: reference as TaskReference<unknown> } };
      plan = this.ofPipeline(
        definePipeline({ id: reference.id, steps, output: ({ results }) => results.task }),
      );
      this.#ofTasks.set(reference.id, plan);
    }
    return plan;
  }

  #on(executor: string, plan: Plan): Plan {
    const resolved = this.#sources.executors.resolve(executor);
    let plans = this.#elsewhere.get(executor);
    if (plans === undefined) {
      plans = new WeakMap();
      this.#elsewhere.set(executor, plans);
    }
    let own = plans.get(plan);
    if (own === undefined) {
      own = withExecutors(plan, () => resolved);
      plans.set(plan, own);
    }
    return own;
  }

  #reference(task: TaskReference | string): TaskReference {
    const reference = typeof task === 'string' ? parseTask(task) : task;
    if (typeof task === 'string' && reference === undefined) {
      throw taskNotFound(task, this.#sources.knownTasks?.ids ?? []);
    }
    if (!isTaskReference(reference)) {
      throw invalidOption('task', 'a task of a task module, or its name', task);
    }
    return reference;
  }

  #checkTask({ id }: TaskReference): void {
    const { knownTasks } = this.#sources;
    if (knownTasks === undefined || knownTasks.has(id)) return;
    throw taskNotFound(id, knownTasks.ids);
  }
}

function parseTask(id: string): TaskReference | undefined {
  const dot = id.indexOf('.');
  return dot > 0 ? taskReference(id.slice(0, dot), id.slice(dot + 1)) : undefined;
}
