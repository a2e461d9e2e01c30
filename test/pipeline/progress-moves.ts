import { expect } from 'vitest';
import { taskReference } from '../../src/model/index.ts';
import {
  definePipeline,
  type Plan,
  type Progress,
  planOf,
  type StepDefinition,
  type StepScope,
  type Unit,
} from '../../src/pipeline/index.ts';

export type Scope = StepScope<unknown, Readonly<Record<string, unknown>>>;
export type Steps = Readonly<Record<string, Omit<StepDefinition, 'task'>>>;

const task = taskReference('files', 'hash');

/** The plan of a pipeline of such steps, all of one task. */
export function planned(steps: Steps, output?: (scope: Scope) => unknown): Plan {
  const withTasks = Object.fromEntries(
    Object.entries(steps).map(([name, step]) => [name, { ...step, task }]),
  );
  const definition = { id: 'p', steps: withTasks, ...(output && { output }) };
  return planOf(definePipeline(definition as never));
}

/** Begins whatever can begin; gives how many tasks each step has. */
export function beginAll(progress: Progress): Record<string, number> {
  const begun: Record<string, number> = {};
  for (let step = progress.takeReadyStep(); step; step = progress.takeReadyStep()) {
    begun[step.name] = progress.begin(step);
  }
  return begun;
}

export function takeAll(progress: Progress): Unit[] {
  const units: Unit[] = [];
  for (let unit = progress.takeUnit(); unit; unit = progress.takeUnit()) units.push(unit);
  return units;
}

export function takeOne(progress: Progress): Unit {
  const unit = progress.takeUnit();
  if (unit === undefined) expect.fail('there should be a task to take');
  return unit;
}
