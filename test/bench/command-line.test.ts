import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, watch } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('./fixtures/main.ts', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bench-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The process id that is in the file once somebody writes it there. */
async function pidWrittenTo(file: string): Promise<number> {
  for await (const _ of watch(dirname(file))) {
    const pid = Number(await readFile(file, 'utf8').catch(() => ''));
    if (pid > 0) return pid;
  }
  return expect.fail(`nothing was written to ${file}`);
}

describe('the command line', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'ends its children and itself on %s, with code %d',
    async (signal, expected) => {
      const pidFile = join(folder, 'pid');
      const written = pidWrittenTo(pidFile);
      const child = spawn(process.execPath, ['--import', 'tsx', MAIN, '--json'], {
        env: { ...process.env, NODE_OPTIONS: '', PID_FILE: pidFile },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let out = '';
      child.stdout.on('data', (chunk) => {
        out += chunk;
      });
      const contestant = await written;
      expect(isAlive(contestant)).toBe(true);

      child.kill(signal);
      const [code] = await once(child, 'close');
      expect(code).toBe(expected);
      expect(out).toBe('');
      expect(isAlive(contestant)).toBe(false);
    },
    30_000,
  );
});
