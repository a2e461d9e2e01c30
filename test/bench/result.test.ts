import { describe, expect, it } from 'vitest';
import { toJsonLine } from '../../bench/harness/result.ts';
import { fakeResult } from './fixtures/results.ts';
import { fakeScenario } from './fixtures/scenarios.ts';

const samples = { subject: [30, 28, 32], slow: [5, 6, 4], fast: [20, 19, 21] };
const crash = { name: 'slow', reason: 'exited with code 1', stderr: 'Error: boom' };

describe('createResult', () => {
  it('compares the medians of the subject and of the best peer', () => {
    const result = fakeResult({ samples });
    expect(result.bestPeer?.name).toBe('fast');
    expect(result.ratio).toBe(1.5);
  });

  it('turns the ratio round where lower is better', () => {
    const result = fakeResult({ samples, scenario: fakeScenario({ higherIsBetter: false }) });
    expect(result.bestPeer?.name).toBe('slow');
    expect(result.ratio).toBeCloseTo(5 / 30);
  });

  it('turns it round for a variant that has a direction of its own', () => {
    const small = { name: 'small', parameters: {}, higherIsBetter: false };
    const result = fakeResult({ samples, scenario: fakeScenario({ variants: [small] }) });
    expect(result.bestPeer?.name).toBe('slow');
    expect(result.ratio).toBeCloseTo(5 / 30);
  });

  it('has no ratio without the subject or without a peer', () => {
    expect(fakeResult({ samples: { fast: [1] } }).ratio).toBeNull();
    expect(fakeResult({ samples: { subject: [1] } }).ratio).toBeNull();
  });
});

describe('toJsonLine', () => {
  it('has exactly the documented shape', () => {
    const line = toJsonLine(fakeResult({ samples }));
    expect(line).not.toContain('\n');
    expect(JSON.parse(line)).toStrictEqual({
      scenario: 'fake',
      unit: 'things/s',
      node: process.versions.node,
      subject: {
        name: 'subject',
        version: '1.2.3',
        settings: { name: 'subject', fate: 'answer', value: 30 },
        median: 30,
        min: 28,
        max: 32,
        samples: [30, 28, 32],
      },
      peers: [
        expect.objectContaining({ name: 'slow', median: 5, min: 4, max: 6, samples: [5, 6, 4] }),
        expect.objectContaining({ name: 'fast', median: 20 }),
      ],
      ratio: 1.5,
    });
  });

  it('carries the name by which the scenario was asked for', () => {
    const line = toJsonLine(fakeResult({ samples, label: 'fake/small' }));
    expect(JSON.parse(line)).toHaveProperty('scenario', 'fake/small');
  });

  it('says so when the run was quick', () => {
    expect(JSON.parse(toJsonLine(fakeResult({ samples, quick: true })))).toHaveProperty(
      'quick',
      true,
    );
  });

  it('names who failed and leaves them out of the peers', () => {
    const { slow: _, ...others } = samples;
    const line = JSON.parse(toJsonLine(fakeResult({ samples: others, failures: [crash] })));
    expect(line.peers.map(({ name }: { name: string }) => name)).toEqual(['fast']);
    expect(line.failures).toEqual([{ name: 'slow', reason: 'exited with code 1' }]);
  });

  it('has null for a subject that failed, and for the ratio', () => {
    const line = JSON.parse(toJsonLine(fakeResult({ samples: { fast: [1] } })));
    expect(line).toMatchObject({ subject: null, ratio: null });
  });
});
