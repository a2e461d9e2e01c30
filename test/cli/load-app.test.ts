import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { bootApp, loadApp, UsageError } from '../../src/cli/load-app.ts';
import { createLogger } from '../../src/cli/logger.ts';
import { APP } from './command.ts';

const folder = mkdtempSync(join(tmpdir(), 'troupe-app-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(code: string): string {
  const path = join(folder, `app-${files++}.mjs`);
  writeFileSync(path, code);
  return path;
}

test('loads an app', async () => {
  const { tasks, pipelines } = await loadApp(APP);
  expect([tasks.length, pipelines?.map(({ id }) => id)[0]]).toEqual([1, 'flood']);
});

test.each([
  ['is missing', () => join(folder, 'none.ts'), 'no such file'],
  ['is a folder', () => folder, 'no such file'],
  ['is no module', () => file('export default {'), 'cannot load'],
  ['throws', () => file("throw new TypeError('on purpose')"), 'TypeError: on purpose'],
  ['imports what is missing', () => file("import './none.mjs'"), 'none.mjs'],
  ['exports nothing', () => file(''), 'is no app'],
  ['exports null', () => file('export default null'), 'is no app'],
  ['exports no tasks', () => file('export default { pipelines: [] }'), 'is no app'],
  ['exports odd pipelines', () => file('export default { tasks: [], pipelines: {} }'), 'is no app'],
])('refuses an app that %s', async (_, path, reason) => {
  const loading = loadApp(path());
  await expect(loading).rejects.toThrow(reason);
  await expect(loading).rejects.toBeInstanceOf(UsageError);
});

test.each([
  ['tasks that are none', 'export default { tasks: [{}] }', 'tasks[0] must be a task module'],
  [
    'pipelines that are none',
    'export default { tasks: [], pipelines: [5] }',
    'made by definePipeline()',
  ],
])('refuses %s', async (_, code, reason) => {
  const booting = bootApp({ app: file(code), threads: 1 }, createLogger('silent'));
  await expect(booting).rejects.toThrow(reason);
  await expect(booting).rejects.toBeInstanceOf(UsageError);
});
