import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');
const CONSUMER = join(import.meta.dirname, 'consumer');

/** An empty project in which the packed package is installed, as a user would. */
let project = '';
let contents: string[] = [];

const npm = (args: string[], cwd: string) =>
  run('npm', [...args, '--no-audit', '--no-fund'], { cwd });

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'troupe-package-'));
  // `prepack` builds into the tree's dist, which nothing else in the tests reads.
  const { stdout } = await npm(['pack', '--json', '--pack-destination', project], ROOT);
  const [pack] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [
    { filename: string; files: { path: string }[] },
  ];
  contents = pack.files.map(({ path }) => path);
  await cp(CONSUMER, project, { recursive: true });
  await writeFile(join(project, 'package.json'), '{ "name": "consumer", "type": "module" }\n');
  // What `npm ci` fetched for this tree is in npm's cache.
  await npm(['install', '--prefer-offline', join(project, pack.filename)], project);
}, 180_000);

afterAll(() => rm(project, { recursive: true, force: true }));

describe('the package', () => {
  it('runs in an empty project, with tasks in ESM and CommonJS', async () => {
    const { stdout, stderr } = await run(process.execPath, ['main.js'], { cwd: project });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ sum: 5, words: 2, tested: 4, code: 'TaskFailed' });
  });

  it('is typed for its users', async () => {
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023'];
    const types = ['--types', 'node', '--typeRoots', join(ROOT, 'node_modules/@types')];
    const { stdout } = await run(process.execPath, [tsc, ...options, ...types, 'typed.ts'], {
      cwd: project,
    }).catch((error: { stdout: string }) => error);
    expect(stdout).toBe('');
  });

  it('holds what it needs and nothing of the shells, the tests or the benches', async () => {
    expect(contents).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'CHANGELOG.md']));
    expect(contents).toContain('dist/src/worker/thread-entry.cjs');
    expect(contents).toContain('dist/src/worker/process-entry.js');
    const stray = contents.filter((path) => /(^|\/)(http|cli|test|bench|examples)\//.test(path));
    expect(stray).toEqual([]);
    const map = JSON.parse(await readFile(join(ROOT, 'dist/src/index.js.map'), 'utf8'));
    expect(contents).toContain('src/index.ts');
    expect(map.sources).toEqual(['../../src/index.ts']);
  });
});
