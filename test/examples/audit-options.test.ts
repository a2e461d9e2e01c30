import { afterEach, describe, expect, test, vi } from 'vitest';
import { parseOptions } from '../../examples/audit/options.ts';

const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
const stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true);

afterEach(() => {
  vi.clearAllMocks();
});

describe('the options', () => {
  test('have defaults: this project, a table, at most four threads, twenty rows', () => {
    const options = parseOptions([]);
    expect(options).toMatchObject({ json: false, top: 20, logLevel: 'warn' });
    if (typeof options === 'number') throw new Error('no options');
    expect(options.folder).toMatch(/node_modules$/);
    expect(options.threads).toBeGreaterThanOrEqual(1);
    expect(options.threads).toBeLessThanOrEqual(4);
  });

  test('are taken as given', () => {
    const args = ['some/folder', '--json', '--threads', '3', '--top', '7', '--log-level', 'debug'];
    expect(parseOptions(args)).toEqual({
      folder: 'some/folder',
      json: true,
      threads: 3,
      top: 7,
      logLevel: 'debug',
    });
  });

  test.each([
    ['an unknown flag', ['--jsom'], "unknown option '--jsom'"],
    ['a number that is none', ['--threads', 'many'], 'a whole number from 1 to 64'],
    ['a number out of range', ['--threads', '0'], 'a whole number from 1 to 64'],
    ['a fraction', ['--top', '1.5'], 'a whole number from 1 to 10000'],
    ['an unknown level', ['--log-level', 'loud'], 'Allowed choices are'],
    ['a missing value', ['--top'], 'argument missing'],
    ['a second folder', ['a', 'b'], 'too many arguments'],
  ])('are refused in one line for %s', (_, args, message) => {
    expect(parseOptions(args)).toBe(2);
    const lines = stderr.mock.calls.map(([text]) => String(text)).join('');
    expect(lines).toMatch(/^audit: .*\n$/);
    expect(lines).toContain(message);
    expect(stdout).not.toHaveBeenCalled();
  });

  test('are explained by --help, exit codes included', () => {
    expect(parseOptions(['--help'])).toBe(0);
    const help = stdout.mock.calls.map(([text]) => String(text)).join('');
    for (const part of ['--json', '--threads', '--top', '--log-level', '130', '143']) {
      expect(help).toContain(part);
    }
  });
});
