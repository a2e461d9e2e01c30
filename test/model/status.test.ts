import { describe, expect, it } from 'vitest';
import { type ExecutionStatus, isTerminal } from '../../src/model/index.ts';

describe('isTerminal', () => {
  it.each<[ExecutionStatus, boolean]>([
    ['pending', false],
    ['running', false],
    ['paused', false],
    ['cancelling', false],
    ['completed', true],
    ['failed', true],
    ['cancelled', true],
    ['timed_out', true],
  ])('of %s is %s', (status, terminal) => {
    expect(isTerminal(status)).toBe(terminal);
  });
});
