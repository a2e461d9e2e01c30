import type { AnyCachePolicy, Retry, Schema, TaskReference } from '../model/index.ts';

/** What a step's functions can see. */
export interface StepScope<Input, Results> {
  /** The pipeline's input. */
  readonly input: Input;
  /** The results of the steps that this one needs. */
  readonly results: Results;
}

/** A step as the runtime sees it: checked, and without the types that only the compiler needs. */
export interface StepDefinition {
  readonly task: TaskReference;
  readonly needs?: readonly string[];
  readonly each?: (scope: StepScope<unknown, Readonly<Record<string, unknown>>>) => unknown;
  readonly input?: (scope: StepScope<unknown, Readonly<Record<string, unknown>>>) => unknown;
  readonly concurrency?: number;
  readonly retry?: Retry;
  readonly timeout?: number;
  readonly queueTimeout?: number;
  readonly executor?: string;
  readonly cache?: AnyCachePolicy | false;
}

declare const pipelineTypes: unique symbol;

/** A checked pipeline: a value that can be planned and started any number of times. */
export interface Pipeline<in Input = never, out Output = unknown> {
  readonly id: string;
  readonly steps: Readonly<Record<string, StepDefinition>>;
  readonly schema: Schema | undefined;
  readonly output: (scope: StepScope<unknown, Readonly<Record<string, unknown>>>) => unknown;
  readonly [pipelineTypes]?: (input: Input) => Output;
}
