import { describe, expect, it } from 'vitest';
import { MAX_TIMEOUT, type PartialChildSpec, resolveChildSpec } from '../../src/model/index.ts';
import { thrown } from '../support/thrown.ts';

const start = () => {};

describe('resolveChildSpec', () => {
  it("fills in OTP's defaults for a worker", () => {
    expect(resolveChildSpec({ id: 'a', start })).toEqual({
      id: 'a',
      start,
      restart: 'permanent',
      shutdown: 5_000,
      type: 'worker',
      significant: false,
      backOff: undefined,
      budget: undefined,
      gate: undefined,
    });
  });

  it('gives a supervisor all the time that its children need', () => {
    expect(resolveChildSpec({ id: 'a', start, type: 'supervisor' }).shutdown).toBe('infinity');
  });

  it('keeps what is said', () => {
    const spec = {
      id: 'a',
      start,
      restart: 'temporary',
      shutdown: 'brutal_kill',
      type: 'supervisor',
      significant: true,
      backOff: { initial: 1, factor: 3, max: 9, jitter: 'none', resetAfter: 0 },
      budget: { intensity: 1, period: 10 },
      gate: { admit: () => ({ retryAfter: 0 }) },
    } as const;
    expect(resolveChildSpec(spec)).toEqual(spec);
  });

  it.each<[string, Record<string, unknown>]>([
    ['id', { id: '' }],
    ['id', { id: 5 }],
    ['child "a": start', { start: undefined }],
    ['child "a": start', { start: null }],
    ['child "a": restart', { restart: 'always' }],
    ['child "a": type', { type: 'actor' }],
    ['child "a": shutdown', { shutdown: -1 }],
    ['child "a": shutdown', { shutdown: Number.NaN }],
    ['child "a": shutdown', { shutdown: '5' }],
    ['child "a": shutdown', { shutdown: MAX_TIMEOUT + 1 }],
    ['child "a": shutdown', { shutdown: 'forever' }],
    ['child "a": significant', { significant: 'yes', restart: 'transient' }],
    ['child "a": significant', { significant: true }],
    ['child "a": backOff', { backOff: 5 }],
    ['child "a": backOff.initial', { backOff: { initial: -1 } }],
    ['child "a": backOff.factor', { backOff: { factor: 0.5 } }],
    ['child "a": backOff.max', { backOff: { max: Number.NaN } }],
    ['child "a": backOff.jitter', { backOff: { jitter: 'some' } }],
    ['child "a": backOff.resetAfter', { backOff: { resetAfter: -1 } }],
    ['child "a": budget', { budget: 3 }],
    ['child "a": budget.intensity', { budget: { intensity: -1 } }],
    ['child "a": budget.period', { budget: { period: 0 } }],
    ['child "a": gate', { gate: {} }],
    ['child "a": backoff', { backoff: {} }],
    ['child "a": backOff.intial', { backOff: { intial: 5 } }],
    ['child "a": budget.intesity', { budget: { intesity: 5 } }],
  ])('names %s when it gets %o', (field, wrong) => {
    const partial = { id: 'a', start, ...wrong } as PartialChildSpec<unknown>;
    expect(thrown(() => resolveChildSpec(partial), 'InvalidOption').details.field).toBe(field);
  });

  it('says what there is to choose from', () => {
    const partial = { id: 'a', start, restart: 'always' } as unknown as PartialChildSpec<unknown>;
    expect(thrown(() => resolveChildSpec(partial), 'InvalidOption').message).toBe(
      'child "a": restart must be permanent, transient, temporary, but got "always"',
    );
  });
});
