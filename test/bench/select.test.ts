import { describe, expect, it } from 'vitest';
import { knownNames, selectScenarios } from '../../bench/harness/select.ts';
import { UsageError } from '../../bench/harness/usage-error.ts';
import { fakeScenario } from './fixtures/scenarios.ts';

const scenarios = [fakeScenario(), fakeScenario({ name: 'other' })];

function chosen(...names: string[]): string[] {
  return selectScenarios(scenarios, names).map(
    ({ label, scenario, variant }) => `${label} = ${scenario.name}/${variant.name}`,
  );
}

describe('selectScenarios', () => {
  it('takes the first variant for a plain name', () => {
    expect(chosen('other')).toEqual(['other = other/small']);
  });

  it('takes the named variant', () => {
    expect(chosen('fake/large', 'fake/small')).toEqual([
      'fake/large = fake/large',
      'fake/small = fake/small',
    ]);
  });

  it('takes every scenario when none is named', () => {
    expect(chosen()).toEqual(['fake = fake/small', 'other = other/small']);
  });

  it('plays once what is asked for twice', () => {
    expect(chosen('fake', 'fake/small', 'fake')).toEqual(['fake = fake/small']);
  });

  it.each(['nope', 'fake/', 'fake/medium', 'fake/small/x', ''])('refuses %j', (name) => {
    expect(() => chosen('fake', name)).toThrow(UsageError);
    expect(() => chosen('fake', name)).toThrow(
      `unknown scenario '${name}', expected one of: ${knownNames(scenarios).join(', ')}`,
    );
  });
});
