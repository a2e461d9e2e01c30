import {
  checkCachePolicy,
  checkCount,
  checkExecutorName,
  checkMilliseconds,
  checkRetry,
  describe,
  type ErrorCode,
  findCycle,
  invalidOption,
  isSchema,
  isTaskReference,
  type Schema,
  TroupeError,
} from '../model/index.ts';
import type { Pipeline, StepDefinition } from './pipeline.ts';

/** Whatever JavaScript takes for a function's name is in: a task run by itself is a pipeline, too. */
const ID = /^[\p{L}\p{N}_$][\p{L}\p{M}\p{N}_$.-]*$/u;

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
    const message = `a pipeline must be an object, but got ${describe(definition)}`;
    throw new TroupeError('InvalidPipeline', message);
  }
  const { id, steps, input, output } = definition as Record<string, unknown>;
  if (typeof id !== 'string' || !ID.test(id)) {
    throw invalidOption('pipeline id', 'letters, digits, ., _, $ and -', id);
  }
  const place: Place = { pipeline: id };
  demand(place, 'steps', 'an object of steps', steps, typeof steps === 'object' && steps !== null);
  const schemaFits = input === undefined || isSchema(input);
  demand(place, 'input', "a Standard Schema such as zod's", input, schemaFits);
  demand(place, 'output', 'a function', output, isOptionalFunction(output));
  const checked = steps as Record<string, StepDefinition>;
  if (Object.keys(checked).length === 0) throw failure('EmptyPipeline', place, 'has no steps');
  for (const name of Object.keys(checked)) checkStep({ pipeline: id, step: name }, checked);
  checkAcyclic(place, checked);
  return { id, steps: checked, input, output } as CheckedDefinition;
}

/** What an error is about; becomes its details. */
interface Place {
  readonly pipeline: string;
  readonly step?: string;
}

function failure(code: ErrorCode, place: Place, message: string, extra: object = {}): TroupeError {
  const step = place.step === undefined ? '' : `, step ${place.step}`;
  const details = { ...place, ...extra };
  return new TroupeError(code, `pipeline ${place.pipeline}${step}: ${message}`, { details });
}

function demand(place: Place, field: string, expected: string, got: unknown, fits: boolean): void {
  if (fits) return;
  const message = `${field} must be ${expected}, but got ${describe(got)}`;
  throw failure('InvalidPipeline', place, message, { field });
}

function isOptionalFunction(value: unknown): boolean {
  return value === undefined || typeof value === 'function';
}

const STEP_FIELDS: ReadonlySet<string> = new Set<keyof StepDefinition>([
  'task',
  'needs',
  'each',
  'input',
  'concurrency',
  'retry',
  'timeout',
  'queueTimeout',
  'executor',
  'cache',
]);

function checkStep(
  place: Required<Place>,
  steps: Readonly<Record<string, StepDefinition | undefined>>,
): void {
  const step = steps[place.step];
  if (typeof step !== 'object' || step === null) {
    throw failure('InvalidPipeline', place, `must be an object, but got ${describe(step)}`);
  }
  const stray = Object.keys(step).find((field) => !STEP_FIELDS.has(field));
  if (stray !== undefined) {
    throw failure('InvalidPipeline', place, `there is no field ${describe(stray)}`, {
      field: stray,
    });
  }
  demand(place, 'task', 'a task of a task module', step.task, isTaskReference(step.task));
  demand(place, 'each', 'a function', step.each, isOptionalFunction(step.each));
  demand(place, 'input', 'a function', step.input, isOptionalFunction(step.input));
  if (step.each !== undefined && step.input !== undefined) {
    throw failure('InvalidPipeline', place, 'each gives the inputs already; leave out input');
  }
  checkNeeds(place, step.needs, steps);
  checkLimits(place, step);
}

function checkNeeds(place: Place, needs: unknown, steps: object): void {
  if (needs === undefined) return;
  demand(place, 'needs', 'an array of step names', needs, Array.isArray(needs));
  const seen = new Set<unknown>();
  for (const need of needs as unknown[]) {
    const shown = describe(need);
    if (typeof need !== 'string' || !Object.hasOwn(steps, need)) {
      throw failure('UnknownNeed', place, `needs ${shown}, which is no step of the pipeline`, {
        need,
      });
    }
    if (seen.has(need)) throw failure('DuplicateId', place, `needs ${shown} twice`, { need });
    seen.add(need);
  }
}

function checkLimits({ pipeline, step }: Place, definition: StepDefinition): void {
  const at = `pipeline ${pipeline}, step ${step}`;
  const { concurrency, timeout, queueTimeout, retry, cache, executor } = definition;
  if (concurrency !== undefined) checkCount(`${at}: concurrency`, concurrency, 1);
  if (timeout !== undefined) checkMilliseconds(`${at}: timeout`, timeout, 1);
  if (queueTimeout !== undefined) checkMilliseconds(`${at}: queueTimeout`, queueTimeout, 1);
  if (executor !== undefined) checkExecutorName(`${at}: executor`, executor);
  if (retry !== undefined) checkRetry(`${at}: retry`, retry);
  if (cache !== undefined && cache !== false) checkCachePolicy(`${at}: cache`, cache);
}

function checkAcyclic(place: Place, steps: Record<string, StepDefinition>): void {
  const cycle = findCycle(steps);
  if (cycle === undefined) return;
  const circle = cycle.join(' → ');
  throw failure('CyclicDependency', place, `steps need one another in a circle: ${circle}`, {
    cycle,
  });
}
