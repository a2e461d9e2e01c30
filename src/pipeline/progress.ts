import type { StepStatus } from '../model/index.ts';
import { describe, messageOf, TroupeError } from '../model/index.ts';
import type { Plan, PlannedStep } from './plan.ts';

/** One task to run: a step, or one item of a step that fans out. */
export interface Unit {
  readonly step: PlannedStep;
  /** The item's place, from 0; −1 for a step that does not fan out. */
  readonly index: number;
  readonly input: unknown;
}

/** Where one step stands, for people. */
export interface StepProgress {
  readonly name: string;
  readonly status: StepStatus;
  /** Tasks done and tasks in all; `total` is 0 until the step has begun. */
  readonly done: number;
  readonly total: number;
}

interface StepState {
  status: StepStatus;
  missing: number;
  inputs: readonly unknown[];
  taken: number;
  done: number;
  outputs: unknown[];
}

/**
 * How far an execution has come on its plan: which steps can begin, which tasks can run, which
 * results are there. It decides nothing else and has no side effects; it is mutable because a step
 * of 10⁵ items must not be copied 10⁵ times.
 */
export class Progress {
  readonly plan: Plan;
  readonly input: unknown;
  readonly #states: StepState[];
  readonly #results: Record<string, unknown> = Object.create(null);
  /** Steps whose needs are there; those before `#begun` have been taken. */
  readonly #ready: PlannedStep[] = [];
  #begun = 0;
  /** Steps with a task left to take and room for it, each once; those before `#head` are done with. */
  #open: PlannedStep[] = [];
  #head = 0;
  #completed = 0;
  #inFlight = 0;

  constructor(plan: Plan, input: unknown) {
    this.plan = plan;
    this.input = input;
    this.#states = plan.steps.map((step) => {
      if (step.needs.length === 0) this.#ready.push(step);
      return {
        status: 'pending',
        missing: step.needs.length,
        inputs: [],
        taken: 0,
        done: 0,
        outputs: [],
      };
    });
  }

  /** Every step is completed. */
  get finished(): boolean {
    return this.#completed === this.#states.length;
  }

  /** Tasks taken and not settled. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** The next step that can begin, each once. */
  takeReadyStep(): PlannedStep | undefined {
    const step = this.#ready[this.#begun];
    if (step !== undefined) this.#begun++;
    return step;
  }

  /**
   * Begins a step: works out its inputs, of which a step that does not fan out has one.
   * @returns how many tasks it has
   * @throws TroupeError `InvalidInput` when the step's `input` or `each` throws, or `each` gives no
   *   array
   */
  begin(step: PlannedStep): number {
    const state = this.#stateOf(step);
    state.inputs = this.#inputsOf(step);
    state.status = 'running';
    if (state.inputs.length === 0) this.#complete(step, state);
    else this.#open.push(step);
    return state.inputs.length;
  }

  /** The next task that may run, within its step's concurrency; settle each exactly once. */
  takeUnit(): Unit | undefined {
    const step = this.#open[this.#head];
    if (step === undefined) {
      this.#open = [];
      this.#head = 0;
      return undefined;
    }
    const state = this.#stateOf(step);
    const at = state.taken++;
    this.#inFlight++;
    if (!hasRoom(step, state)) this.#head++;
    return { step, index: step.fansOut ? at : -1, input: state.inputs[at] };
  }

  /**
   * A task gave its output.
   * @returns true when its step is completed with it
   */
  settle({ step, index }: Unit, output: unknown): boolean {
    const state = this.#stateOf(step);
    const waited = !hasRoom(step, state);
    this.#inFlight--;
    state.done++;
    if (waited && hasRoom(step, state)) this.#open.push(step);
    state.outputs[Math.max(index, 0)] = output;
    if (state.done < state.inputs.length) return false;
    this.#complete(step, state);
    return true;
  }

  /** A task failed for good, or was given up. */
  fail({ step }: Unit, status: 'failed' | 'cancelled'): void {
    const state = this.#stateOf(step);
    this.#inFlight--;
    // A step of which one item failed has failed, whatever becomes of the others.
    if (state.status !== 'failed') state.status = status;
  }

  /**
   * What the pipeline makes of its results.
   * @throws TroupeError `ExecutionFailed` when its `output` function throws
   */
  output(): unknown {
    const { id, output } = this.plan.pipeline;
    try {
      return notAPromise('output', output({ input: this.input, results: this.#results }));
    } catch (error) {
      throw TroupeError.from(error, 'ExecutionFailed', `pipeline ${id}: output threw`);
    }
  }

  /** How many tasks a step that has begun has. */
  itemsOf(step: PlannedStep): number {
    return this.#stateOf(step).inputs.length;
  }

  steps(): readonly StepProgress[] {
    return this.plan.steps.map((step) => {
      const { status, done, inputs } = this.#stateOf(step);
      return { name: step.name, status, done, total: inputs.length };
    });
  }

  #complete(step: PlannedStep, state: StepState): void {
    state.status = 'completed';
    this.#completed++;
    this.#results[step.name] = step.fansOut ? state.outputs : state.outputs[0];
    state.inputs = new Array(state.inputs.length);
    for (const index of step.dependents) {
      const dependent = this.#states[index] as StepState;
      if (--dependent.missing === 0) this.#ready.push(this.plan.steps[index] as PlannedStep);
    }
  }

  #inputsOf({ name, needs, definition }: PlannedStep): readonly unknown[] {
    const { each, input } = definition;
    if (each === undefined && input === undefined)
      return [needs.length === 0 ? this.input : undefined];
    const at = `pipeline ${this.plan.pipeline.id}, step ${name}`;
    const scope = { input: this.input, results: this.#pick(needs) };
    try {
      if (input !== undefined) return [notAPromise('input', input(scope))];
      const items = each?.(scope);
      if (Array.isArray(items)) return items;
      throw new TypeError(`each must give an array, but gave ${describe(items)}`);
    } catch (error) {
      throw new TroupeError(
        'InvalidInput',
        `${at}: ${each ? 'each' : 'input'} threw: ${messageOf(error)}`,
        {
          cause: error,
          details: { pipeline: this.plan.pipeline.id, step: name },
        },
      );
    }
  }

  #pick(needs: readonly string[]): Record<string, unknown> {
    const results: Record<string, unknown> = Object.create(null);
    for (const need of needs) results[need] = this.#results[need];
    return results;
  }

  #stateOf(step: PlannedStep): StepState {
    return this.#states[step.index] as StepState;
  }
}

/** A task is left to take, and the step's concurrency allows it. */
function hasRoom({ concurrency }: PlannedStep, { inputs, taken, done }: StepState): boolean {
  return taken < inputs.length && taken - done < concurrency;
}

/** A plan is worked out at once: what takes its time belongs in a task. */
function notAPromise(what: string, value: unknown): unknown {
  if (typeof (value as { then?: unknown } | null | undefined)?.then !== 'function') return value;
  // Nobody will wait for it: its rejection is not to be an unhandled one.
  (value as PromiseLike<unknown>).then(undefined, () => {});
  throw new TypeError(
    `${what} must give a value, but gave a promise: let a task do what takes time`,
  );
}
