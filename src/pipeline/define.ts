import type {
  CachePolicy,
  Retry,
  SchemaInput,
  SchemaOutput,
  TaskReference,
} from '../model/index.ts';
import type { Pipeline, StepDefinition, StepScope } from './pipeline.ts';
import { checkDefinition } from './validate.ts';

/**
 * The types below let the compiler follow a pipeline from its tasks: `Inputs` and `Outputs` map each
 * step to its task's types, `Shape` holds each step as it was written, so that its `needs` are
 * literal and an `each` can be seen. All three are inferred from the one `steps` object.
 */

/** What `each` makes of a step's output: one for every item. */
type ResultOf<Outputs, Shape, K extends keyof Outputs> = K extends keyof Shape
  ? 'each' extends keyof Shape[K]
    ? Outputs[K][]
    : Outputs[K]
  : Outputs[K];

type NeedsOf<Shape, K> = K extends keyof Shape
  ? Shape[K] extends { readonly needs: readonly (infer N)[] }
    ? N
    : never
  : never;

type ResultsOf<Outputs, Shape, Keys> = {
  readonly [K in Keys & keyof Outputs]: ResultOf<Outputs, Shape, K>;
};

/** Steps that need no other. */
type RootsOf<Shape> = {
  [K in keyof Shape]: Shape[K] extends { readonly needs: infer Needs }
    ? Needs extends readonly []
      ? K
      : never
    : K;
}[keyof Shape];

type Fits<Value, Type> = [Value] extends [Type] ? true : false;
type Taker<Input> = (value: Input) => void;

/** One for each first step whose task takes something; `never` when no task does. */
type TakersOf<Inputs, Shape> = {
  [K in keyof Inputs & RootsOf<Shape>]: Fits<Inputs[K], void> extends true
    ? never
    : Taker<Inputs[K]>;
}[keyof Inputs & RootsOf<Shape>];

/**
 * Without a schema, a pipeline takes what its first steps' tasks take: inferred from functions that
 * take it, because what suits several is the intersection, also of inputs that are unions.
 */
type ImpliedInput<Inputs, Shape> =
  (
    Fits<TakersOf<Inputs, Shape>, never> extends true
      ? Taker<void>
      : TakersOf<Inputs, Shape>
  ) extends Taker<infer Input>
    ? Input
    : never;

/** What the functions of a definition are given as `input`. */
type InputOf<Inputs, Shape, S> = S extends { readonly '~standard': unknown }
  ? SchemaOutput<S>
  : ImpliedInput<Inputs, Shape>;

/** What `start` takes. */
type AcceptedInput<Inputs, Shape, S> = S extends { readonly '~standard': unknown }
  ? SchemaInput<S>
  : ImpliedInput<Inputs, Shape>;

/** The other steps by name; any name for steps that were not written one by one. */
type OthersThan<K, Outputs> = string extends K ? string : Exclude<keyof Outputs, K>;

/** What every step may say besides its task. */
interface StepOptions {
  /** Items of an `each` step under way at once. @default unlimited */
  readonly concurrency?: number;
  /** What becomes of a failed attempt. @default one attempt */
  readonly retry?: Retry;
  /** Milliseconds an attempt may take, from its start on the worker. @default unlimited */
  readonly timeout?: number;
  /** Milliseconds an attempt may wait for a worker; then it fails with `QueueTimeout`. @default unlimited */
  readonly queueTimeout?: number;
  /** Where its task runs: `thread`, `inline`, `process`, or one of the runtime's own. @default what the task declares */
  readonly executor?: string;
}

type StepsOf<Inputs, Outputs, Shape, PipelineInput> = {
  readonly [K in keyof Shape]: { readonly [P in keyof Shape[K]]: Shape[K][P] };
} & {
  readonly [K in keyof Inputs]: { readonly task: TaskReference<Inputs[K], unknown> };
} & {
  readonly [K in keyof Outputs]: StepOptions & {
    readonly task: TaskReference<never, Outputs[K]>;
    /** The steps whose results this one waits for. */
    readonly needs?: readonly OthersThan<K, Outputs>[];
    /** Fans out: the task runs once for each item, and the result is the outputs in order. */
    readonly each?: (
      scope: StepScope<PipelineInput, ResultsOf<Outputs, Shape, NeedsOf<Shape, K>>>,
    ) => readonly (K extends keyof Inputs ? Inputs[K] : never)[];
    /** The task's input. @default the pipeline's input for a step that needs no other, else nothing */
    readonly input?: (
      scope: StepScope<PipelineInput, ResultsOf<Outputs, Shape, NeedsOf<Shape, K>>>,
    ) => K extends keyof Inputs ? Inputs[K] : never;
    /**
     * Takes a result that is known already in place of running the task; false is never.
     * @default what the task declares, if it does
     */
    readonly cache?:
      | CachePolicy<K extends keyof Inputs ? Inputs[K] : never, NoInfer<Outputs[K]>>
      | false;
  } & MissingInput<Inputs, Shape, K, PipelineInput> &
    StrayFields<Shape, K>;
};

/** Demands `input` of a step whose task does not take what the step gets by default. */
type MissingInput<Inputs, Shape, K, PipelineInput> = K extends keyof Inputs & keyof Shape
  ? keyof Shape[K] & ('input' | 'each') extends never
    ? Fits<Inputs[K], void> extends true
      ? unknown
      : Fits<K extends RootsOf<Shape> ? PipelineInput : undefined, Inputs[K]> extends true
        ? unknown
        : { readonly input: unknown }
    : unknown
  : unknown;

/**
 * Refuses what is no field of a step, a misspelt one for instance. Not as `never`, which would make
 * `never` of the whole step and blame its task.
 */
type StrayFields<Shape, K> = K extends keyof Shape
  ? {
      readonly [P in Exclude<keyof Shape[K], keyof StepDefinition>]?: readonly [
        'no field of a step',
      ];
    }
  : unknown;

interface Definition<Inputs, Outputs, Shape, S, Result> {
  /** How lists, logs and errors name the pipeline; letters, digits, `.`, `_`, `$` and `-`. */
  readonly id: string;
  /** A Standard Schema: checks what `start` is given. @default what the first steps' tasks take */
  readonly input?: S;
  /** The steps by name; they run as soon as what they need is there. */
  readonly steps: StepsOf<Inputs, Outputs, Shape, InputOf<Inputs, Shape, S>>;
  /** What the execution gives. @default all results, by step */
  readonly output?: (
    scope: StepScope<InputOf<Inputs, Shape, S>, ResultsOf<Outputs, Shape, keyof Outputs>>,
  ) => Result;
}

/**
 * Makes a pipeline of steps, each a task with what it needs. Pure: nothing is loaded or run.
 *
 * @throws TroupeError `InvalidPipeline`, `EmptyPipeline`, `UnknownNeed`, `DuplicateId`,
 *   `CyclicDependency` or `InvalidOption`, naming the step and field
 *
 * @example
 * const digest = definePipeline({
 *   id: 'digest',
 *   steps: {
 *     list: { task: files.list },
 *     hash: { task: files.hash, needs: ['list'], each: ({ results }) => results.list },
 *   },
 *   output: ({ results }) => results.hash,
 * });
 */
export function definePipeline<
  Inputs,
  Outputs,
  const Shape,
  S = undefined,
  Result = ResultsOf<Outputs, Shape, keyof Outputs>,
>(
  definition: Definition<Inputs, Outputs, Shape, S, Result>,
): Pipeline<AcceptedInput<Inputs, Shape, S>, Result> {
  const { id, steps, input: schema, output } = checkDefinition(definition);
  const pipeline = Object.freeze({
    id,
    steps: Object.freeze({ ...steps }),
    schema,
    output: output ?? (({ results }: { results: unknown }) => results),
  });
  made.add(pipeline);
  return pipeline;
}

const made = new WeakSet<object>();

/** True for what `definePipeline` has made, and therefore checked. */
export function isPipeline(value: unknown): value is Pipeline {
  return typeof value === 'object' && value !== null && made.has(value);
}
