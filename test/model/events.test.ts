import { describe, expect, it } from 'vitest';
import { type ExecutionEvent, isTerminalEvent } from '../../src/model/index.ts';

const base = { executionId: 'e', sequence: 1, time: 0 };
const error = { name: 'Error', message: 'no' };

describe('isTerminalEvent', () => {
  it.each<ExecutionEvent>([
    { ...base, type: 'execution.completed', output: 1 },
    { ...base, type: 'execution.failed', error },
    { ...base, type: 'execution.cancelled', reason: 'why' },
    { ...base, type: 'execution.timed_out', error },
  ])('is true for $type', (event) => {
    expect(isTerminalEvent(event)).toBe(true);
  });

  it.each<ExecutionEvent>([
    { ...base, type: 'execution.started', pipeline: 'p', input: 1, priority: 0 },
    { ...base, type: 'execution.paused' },
    { ...base, type: 'execution.resumed' },
    { ...base, type: 'execution.cancelling', reason: 'why' },
    { ...base, type: 'step.started', step: 's' },
    { ...base, type: 'item.completed', step: 's', index: 0, output: 1 },
    { ...base, type: 'step.completed', step: 's' },
    { ...base, type: 'step.retrying', step: 's', attempt: 1, delay: 1, error },
    { ...base, type: 'step.failed', step: 's', attempt: 1, error },
  ])('is false for $type', (event) => {
    expect(isTerminalEvent(event)).toBe(false);
  });
});
