import {
  checkRetry,
  describe,
  invalidOption,
  isTaskReference,
  TroupeError,
} from '../model/index.ts';
import type { Pipeline, StepDefinition } from './define.ts';
import { findCycle } from './order.ts';
import { isSchema, type Schema } from './schema.ts';

const ID = /^[A-Za-z0-9][\w.-]*$/;

export interface CheckedDefinition {
  readonly id: string;
  readonly steps: Readonly<Record<string, StepDefinition>>;
  readonly input: Schema | undefined;
  readonly output: Pipeline['output'] | undefined;
}

/**
 * Everything about a definition that can be wrong before it runs; linear in its steps and needs.
 * @throws TroupeError as `definePipeline` says
 */
export function checkDefinition(definition: unknown): CheckedDefinition {
  if (typeof definition !== 'object' || definition === null) {
    throw new TroupeError(
      'InvalidPipeline',
      `a pipeline must be an object, but got ${describe(definition)}`,
    );
  }
  const { id, steps, input, output } = definition as Record<string, unknown>;
  if (typeof id !== 'string' || !ID.test(id)) {
    throw invalidOption('pipeline id', 'letters, digits, ., _ and -', id);
  }
  const fail = (message: string) =>
    new TroupeError('InvalidPipeline', `pipeline ${id}: ${message}`, { details: { pipeline: id } });
  if (typeof steps !== 'object' || steps === null) {
    throw fail(`steps must be an object of steps, but got ${describe(steps)}`);
  }
  if (input !== undefined && !isSchema(input)) {
    throw fail(`input must be a Standard Schema such as zod's, but got ${describe(input)}`);
  }
  if (output !== undefined && typeof output !== 'function') {
    throw fail(`output must be a function, but got ${describe(output)}`);
  }
  const checked = steps as Record<string, StepDefinition>;
  const names = Object.keys(checked);
  if (names.length === 0) {
    throw new TroupeError('EmptyPipeline', `pipeline ${id} has no steps`, {
      details: { pipeline: id },
    });
  }
  for (const name of names) checkStep(id, name, checked);
  checkAcyclic(id, checked);
  return { id, steps: checked, input, output: output as CheckedDefinition['output'] };
}

const STEP_FIELDS: ReadonlySet<string> = new Set([
  'task',
  'needs',
  'each',
  'input',
  'concurrency',
  'retry',
  'timeout',
]); // prettier-ignore

function checkStep(pipeline: string, name: string, steps: Record<string, StepDefinition>): void {
  const at = `pipeline ${pipeline}, step ${name}`;
  const details = { pipeline, step: name };
  const fail = (message: string) =>
    new TroupeError('InvalidPipeline', `${at}: ${message}`, { details });
  const step = steps[name];
  if (typeof step !== 'object' || step === null)
    throw fail(`must be an object, but got ${describe(step)}`);
  for (const field of Object.keys(step)) {
    if (!STEP_FIELDS.has(field)) throw fail(`there is no field ${describe(field)}`);
  }
  if (!isTaskReference(step.task)) {
    throw fail(`task must be a task of a task module, but got ${describe(step.task)}`);
  }
  for (const field of ['each', 'input'] as const) {
    if (step[field] !== undefined && typeof step[field] !== 'function') {
      throw fail(`${field} must be a function, but got ${describe(step[field])}`);
    }
  }
  if (step.each !== undefined && step.input !== undefined) {
    throw fail('each gives the inputs already; leave out input');
  }
  checkNeeds(at, details, step.needs, steps);
  checkLimits(at, step);
}

function checkNeeds(
  at: string,
  details: { pipeline: string; step: string },
  needs: unknown,
  steps: Record<string, StepDefinition>,
): void {
  if (needs === undefined) return;
  if (!Array.isArray(needs)) {
    throw new TroupeError(
      'InvalidPipeline',
      `${at}: needs must be an array of step names, but got ${describe(needs)}`,
      { details },
    );
  }
  const seen = new Set<unknown>();
  for (const need of needs) {
    if (typeof need !== 'string' || !Object.hasOwn(steps, need)) {
      throw new TroupeError(
        'UnknownNeed',
        `${at}: needs ${describe(need)}, which is no step of the pipeline`,
        {
          details: { ...details, need },
        },
      );
    }
    if (seen.has(need)) {
      throw new TroupeError('DuplicateId', `${at}: needs ${describe(need)} twice`, {
        details: { ...details, need },
      });
    }
    seen.add(need);
  }
}

function checkLimits(at: string, { concurrency, timeout, retry }: StepDefinition): void {
  if (concurrency !== undefined && (!Number.isSafeInteger(concurrency) || concurrency < 1)) {
    throw invalidOption(`${at}: concurrency`, 'a whole number of 1 or more', concurrency);
  }
  if (timeout !== undefined && (!Number.isFinite(timeout) || timeout <= 0)) {
    throw invalidOption(`${at}: timeout`, 'milliseconds above 0', timeout);
  }
  if (retry !== undefined) checkRetry(`${at}: retry`, retry);
}

function checkAcyclic(pipeline: string, steps: Record<string, StepDefinition>): void {
  const cycle = findCycle(steps);
  if (cycle === undefined) return;
  const circle = cycle.join(' → ');
  throw new TroupeError(
    'CyclicDependency',
    `pipeline ${pipeline}: steps need one another in a circle: ${circle}`,
    { details: { pipeline, cycle } },
  );
}
