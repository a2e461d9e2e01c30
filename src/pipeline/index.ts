/** Pipelines as values: defined, checked, planned, and followed step by step. Pure. */
export { definePipeline, isPipeline } from './define.ts';
export type { Pipeline, StepDefinition, StepScope } from './pipeline.ts';
export { type Plan, planOf, withCaches, withExecutors } from './plan.ts';
export { Progress, type StepProgress, type Unit } from './progress.ts';
