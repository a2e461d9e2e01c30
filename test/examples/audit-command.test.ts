import { spawn } from 'node:child_process';
import { truncateSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../examples/audit/report.ts';
import { createTree } from './audit-tree.ts';

const MAIN = fileURLToPath(new URL('../../examples/audit/main.ts', import.meta.url));
const GIB = 1024 ** 3;

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param onLine called with each line of stderr, and a way to signal the command */
function audit(
  args: readonly string[],
  onLine: (line: string, kill: (signal: NodeJS.Signals) => void) => void = () => {},
): Promise<Ended> {
  const flags = ['--conditions=@troupe/source', '--import', 'tsx'];
  const child = spawn(process.execPath, [...flags, MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    stderr += `${line}\n`;
    onLine(line, (signal) => child.kill(signal));
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** As the debug log tells it. */
function advanced(line: string): number {
  return line.includes('"msg":"advanced"') ? (JSON.parse(line) as { files: number }).files : 0;
}

describe('the audit as a command', { timeout: 60_000 }, () => {
  test('prints one JSON document and nothing else with --json', async () => {
    using tree = createTree({
      'node_modules/a/package.json': { name: 'a', version: '1.0.0', license: 'MIT' },
      'node_modules/a/index.js': 'export {};\n',
      'node_modules/b/package.json': { name: 'b', license: 'ISC' },
      'node_modules/b/index.js': 'export {};\n',
    });
    const { code, stdout, stderr } = await audit([tree.root, '--json', '--threads', '2']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const report = JSON.parse(stdout) as Report;
    expect(report).toMatchObject({ root: tree.root, partial: false });
    expect(report.totals).toMatchObject({ files: 4, packages: 2, wastedBytes: 11 });
    expect(report.packages.map(({ name, licence }) => [name, licence])).toEqual([
      ['a', 'MIT'],
      ['b', 'ISC'],
    ]);
  });

  test('prints tables without colours where stdout is no terminal', async () => {
    using tree = createTree({ 'package.json': { name: 'app', license: 'MIT' } });
    const { code, stdout, stderr } = await audit([tree.root]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Audit of ${tree.root}\n`);
    expect(stdout).toMatch(/^app +- +MIT +1/m);
    expect(stdout).not.toContain('\u001b');
  });

  test('reports on an empty folder', async () => {
    using tree = createTree({});
    const { code, stdout } = await audit([tree.root, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ totals: { files: 0 }, partial: false });
  });

  test('refuses a missing folder, a file in place of one and a wrong flag with exit code 2', async () => {
    using tree = createTree({ file: 'x' });
    const [missing, file, flag] = await Promise.all([
      audit([tree.path('missing')]),
      audit([tree.path('file')]),
      audit(['--frobnicate']),
    ]);
    const refused = (reason: string) => ({ code: 2, stdout: '', stderr: `audit: ${reason}\n` });
    expect(missing).toEqual(refused(`cannot audit ${tree.path('missing')}: no such folder`));
    expect(file).toEqual(refused(`cannot audit ${tree.path('file')}: not a folder`));
    expect(flag).toEqual(refused("unknown option '--frobnicate'"));
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends with a partial report at %s', async (signal, expected) => {
    using tree = createTree({ 'a.txt': 'a', 'b.txt': 'b', huge: '' });
    // No thread comes to the end of it, and it takes no room on the disk.
    truncateSync(tree.path('huge'), 256 * GIB);
    const args = [tree.root, '--json', '--threads', '2', '--log-level', 'debug'];
    const { code, stdout, stderr } = await audit(args, (line, kill) => {
      if (advanced(line) === 2) kill(signal);
    });
    expect(code).toBe(expected);
    expect(stderr).toMatch(/^interrupted: partial report over 2 of 3 files$/m);
    const report = JSON.parse(stdout) as Report;
    expect(report).toMatchObject({ partial: true, coverage: { inspected: 2, listed: 3 } });
    expect(report.largest.map(({ path }) => path)).toEqual(['a.txt', 'b.txt']);
  });
});
