import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');

it('the example of the pool tells how each misfit ended, while others went on', async () => {
  const flags = ['--conditions=@troupe/source', '--import', 'tsx'];
  const args = [...flags, 'examples/pool/main.ts'];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: ROOT });
  expect(stderr).toBe('');
  const codes = stdout.match(/^ {4}(Task|Worker)[A-Za-z]+$/gm)?.map((line) => line.trim());
  expect(codes).toEqual([
    'TaskTimeout',
    'WorkerCrashed',
    'WorkerExited',
    'WorkerOutOfMemory',
    'TaskTimeout',
  ]);
  expect(stdout).toContain('2 3 5 7 11 13 17 19 23 29');
  expect(stdout).toMatch(/Meanwhile [1-9]\d* other tasks were done; 4 threads were replaced/);
}, 120_000);
