import { describe, expect, it } from 'vitest';
import { knownNames, peersOf, selectScenarios, unitOf } from '../../bench/harness/select.ts';
import { UsageError } from '../../bench/harness/usage-error.ts';
import { fakeContestant, fakeScenario } from './fixtures/scenarios.ts';

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

describe('a variant', () => {
  const [small, large] = selectScenarios(
    [
      fakeScenario({
        variants: [
          { name: 'small', parameters: {} },
          { name: 'large', parameters: {}, unit: 'bytes' },
        ],
        peers: [fakeContestant('both'), { ...fakeContestant('one'), variants: ['small'] }],
      }),
    ],
    ['fake/small', 'fake/large'],
  );

  it('has the unit of its scenario unless it has one of its own', () => {
    expect([small, large].map((selection) => selection && unitOf(selection))).toEqual([
      'things/s',
      'bytes',
    ]);
  });

  it('is played by the peers that can bear it', () => {
    const names = [small, large].map((selection) =>
      selection ? peersOf(selection).map(({ name }) => name) : [],
    );
    expect(names).toEqual([['both', 'one'], ['both']]);
  });
});
