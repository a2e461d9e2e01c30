import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { knownNames, selectScenarios } from '../../bench/harness/select.ts';
import { scenarios } from '../../bench/scenarios/index.ts';
import { poolThroughput } from '../../bench/scenarios/pool-throughput.ts';

describe('the scenarios', () => {
  it('have names of their own', () => {
    const names = knownNames(scenarios);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
    '%s: contestants have their own names, existing files, and settings that survive JSON',
    (_, { subject, peers }) => {
      const contestants = [subject, ...peers];
      expect(new Set(contestants.map(({ name }) => name)).size).toBe(contestants.length);
      for (const { file, settings } of contestants) {
        expect(existsSync(file)).toBe(true);
        expect(JSON.parse(JSON.stringify(settings))).toEqual(settings);
      }
      expect(subject.version).not.toBeNull();
    },
  );
});

describe('pool-throughput', () => {
  it('means 1,024 tasks in flight, unless a variant is named', () => {
    const [plain, single] = selectScenarios(scenarios, ['pool-throughput', 'pool-throughput/1']);
    expect(plain?.variant.parameters).toEqual({ inFlight: 1_024 });
    expect(single?.variant.parameters).toEqual({ inFlight: 1 });
  });

  it('has two threads for everyone', () => {
    expect(poolThroughput.parameters.threads).toBe(2);
    for (const { settings } of [poolThroughput.subject, ...poolThroughput.peers]) {
      const own = ['threads', 'minThreads', 'maxThreads', 'minWorkers', 'maxWorkers'];
      expect(own.filter((name) => name in settings)).toEqual([]);
    }
  });
});
