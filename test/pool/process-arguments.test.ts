import { describe, expect, it } from 'vitest';
import { inherited, nodeArguments } from '../../src/pool/process-arguments.ts';

describe('what Node is started with in a process of its own', () => {
  it.each([
    ['--conditions=@troupe/source', '--import', 'tsx'],
    ['-C', 'x', '--enable-source-maps', '--experimental-vm-modules'],
    ['-r', './setup.cjs', '--env-file=.env', '--no-warnings'],
  ])('is what this process was started with: %s', (...options) => {
    expect(inherited(options)).toEqual(options);
  });

  it.each([
    [['-e', 'start()', '--import', 'tsx']],
    [['--input-type=module', '--import', 'tsx', '--eval', 'start()']],
    [['--input-type', 'module', '--import', 'tsx', '-pe', 'start()']],
    [['--inspect-brk=9229', '--test', '--import', 'tsx', '--watch', '--watch-path=src']],
    [['--cpu-prof', '--import', 'tsx', '-i', '--inspect']],
  ])('but for what would make another program of it: %j', (options) => {
    expect(inherited(options)).toEqual(['--import', 'tsx']);
  });

  it('is what was asked for, in place of that', () => {
    expect(nodeArguments(['--no-warnings'])).toEqual(['--no-warnings']);
  });

  it('bounds its heap and stack as those of a thread', () => {
    const limits = { maxOldGenerationSizeMb: 48, maxYoungGenerationSizeMb: 6, stackSizeMb: 2 };
    expect(nodeArguments([], limits)).toEqual([
      '--max-old-space-size=48',
      '--max-semi-space-size=2',
      '--stack-size=2048',
    ]);
  });
});
