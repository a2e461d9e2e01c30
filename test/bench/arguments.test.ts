import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../bench/harness/arguments.ts';
import { UsageError } from '../../bench/harness/usage-error.ts';

describe('parseArguments', () => {
  it('has defaults for everything', () => {
    expect(parseArguments([])).toEqual({
      scenarios: [],
      json: false,
      list: false,
      verbose: false,
      quick: false,
      rounds: 5,
    });
  });

  it('takes scenarios and flags in any order', () => {
    expect(parseArguments(['a', '--json', 'b/8', '--rounds', '7'])).toMatchObject({
      scenarios: ['a', 'b/8'],
      json: true,
      rounds: 7,
    });
  });

  it.each(['4', '0', '-5', '5.5', '1e1', 'many', ''])('refuses --rounds %j', (rounds) => {
    expect(() => parseArguments([`--rounds=${rounds}`])).toThrow(UsageError);
    expect(() => parseArguments([`--rounds=${rounds}`])).toThrow('--rounds');
  });

  it('allows fewer rounds in a quick run', () => {
    expect(parseArguments(['--quick'])).toMatchObject({ quick: true, rounds: 2 });
    expect(parseArguments(['--quick', '--rounds', '1'])).toMatchObject({ rounds: 1 });
    expect(() => parseArguments(['--quick', '--rounds', '0'])).toThrow('at least 1');
  });

  it('refuses unknown flags in one line', () => {
    expect(() => parseArguments(['--fast'])).toThrow(UsageError);
    expect(() => parseArguments(['--fast'])).toThrow(/^unknown option '--fast'.*$/);
    expect(() => parseArguments(['--rounds'])).toThrow(/^option '--rounds <n>' argument missing$/);
  });

  it('returns the help text, without the hidden flag', () => {
    const parsed = parseArguments(['--help']);
    if (!('help' in parsed)) throw new Error('expected help');
    expect(parsed.help).toContain('--rounds <n>');
    expect(parsed.help).not.toContain('--quick');
  });
});
