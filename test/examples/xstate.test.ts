import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');

it('the XState example runs a stock machine under the tree and on its own, and cancels on the thread', async () => {
  const flags = ['--conditions=@troupe/source', '--import', 'tsx'];
  const args = [...flags, 'examples/xstate/main.ts'];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: ROOT });
  expect(stderr).toBe('');
  expect(stdout).toContain('17984 primes up to 200000');
  expect(stdout).toContain('gave up on a billion: gaveUp');
  expect(stdout).toContain('the thread was told:');
  expect(stdout).toContain('9592 primes up to 100000');
});
