import { describe, expect, it } from 'vitest';
import { formatValue, renderResult } from '../../bench/harness/table.ts';
import { fakeResult } from './fixtures/results.ts';
import { fakeScenario } from './fixtures/scenarios.ts';

const samples = {
  subject: [600_000, 580_000, 612_345],
  slow: [25_000, 24_000, 26_000],
  fast: [120_000, 119_000, 121_000],
};

function rowOf(text: string, name: string): string {
  const row = text.split('\n').find((line) => line.startsWith(`│ ${name} `));
  if (row === undefined) throw new Error(`no row '${name}' in\n${text}`);
  return row;
}

describe('renderResult', () => {
  it('shows median, spread and ratio of each contestant', () => {
    const text = renderResult(fakeResult({ samples }), false);
    expect(rowOf(text, 'subject')).toMatch(/600,000 .* 580,000 – 612,345/);
    expect(rowOf(text, 'fast')).toMatch(/120,000 .* 119,000 – 121,000 .* 5\.00×/);
    expect(rowOf(text, 'slow')).toMatch(/24\.00×/);
    expect(text).toContain('ratio: 5.00× of the best peer, fast');
  });

  it('heads it with unit, direction, rounds and node', () => {
    const [head] = renderResult(fakeResult({ samples }), false).split('\n');
    expect(head).toContain('things/s, higher is better; medians of 5 alternating rounds');
    expect(head).toContain(`node ${process.versions.node}`);
    const lower = fakeResult({ samples, scenario: fakeScenario({ higherIsBetter: false }) });
    expect(renderResult(lower, false)).toContain('lower is better');
  });

  it('lists the settings of each contestant', () => {
    expect(renderResult(fakeResult({ samples }), false)).toContain(
      'fast: name fast, fate answer, value 20',
    );
  });

  it('marks a quick run, skipped peers and failures', () => {
    const text = renderResult(
      fakeResult({
        samples: { fast: [1] },
        quick: true,
        skipped: ['absent'],
        failures: [{ name: 'slow', reason: 'exited with code 1', stderr: '' }],
      }),
      false,
    );
    expect(text).toContain('quick run: a trial, not a measurement');
    expect(text).toContain('skipped: absent is not installed');
    expect(text).toContain('failed: slow exited with code 1');
    expect(text).toContain('ratio: none, the subject has no result');
  });

  it('holds escape sequences only when asked for colour', () => {
    const sequence = String.fromCharCode(27);
    expect(renderResult(fakeResult({ samples }), false)).not.toContain(sequence);
    expect(renderResult(fakeResult({ samples }), true)).toContain(sequence);
  });
});

describe('formatValue', () => {
  it.each([
    [1_234_567.8, '1,234,568'],
    [126.4, '126'],
    [14.26, '14.3'],
    [0.012_34, '0.0123'],
  ])('%d reads %s', (value, text) => {
    expect(formatValue(value)).toBe(text);
  });
});
