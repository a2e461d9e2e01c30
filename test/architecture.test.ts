import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const BIOME = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');

/** Which rooms a room may import: the picture of docs/architecture.md, as a table. */
const ROOMS: Record<string, readonly string[]> = {
  model: [],
  ports: ['model'],
  machines: ['model'],
  pipeline: ['model'],
  schedule: ['model'],
  ipc: ['model'],
  statechart: ['model', 'ports'],
  policy: ['model', 'ports', 'schedule', 'pipeline'],
  cache: ['model', 'ports', 'ipc'],
  actors: ['model', 'ports', 'machines', 'pipeline', 'schedule', 'statechart', 'policy', 'cache'],
  worker: ['model', 'ports', 'ipc'],
  pool: ['model', 'ports', 'ipc', 'schedule', 'policy', 'cache'],
  journal: ['model', 'ports'],
  telemetry: ['model', 'ports'],
  runtime: [
    ...['model', 'ports', 'machines', 'pipeline', 'schedule', 'ipc', 'statechart', 'policy'],
    ...['cache', 'actors', 'worker', 'pool', 'journal', 'telemetry'],
  ],
  testing: ['model', 'ports', 'worker'],
  http: [],
  cli: ['http'],
};

/** The one room that may import a library. */
const LIBRARIES: Record<string, readonly string[]> = {
  xstate: ['machines', 'actors', 'statechart'],
  piscina: ['pool'],
  msgpackr: ['ipc'],
  pino: ['telemetry', 'http', 'cli'],
};

const PURE = ['machines', 'model', 'pipeline', 'schedule'];

const folderOf = (room: string) =>
  room === 'machines' || room === 'actors' ? room : `src/${room}`;

let planted = '';
/** The files in which the linter found something, with what. */
const found = new Map<string, string[]>();

async function plant(path: string, text: string): Promise<void> {
  const file = join(planted, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${text}\n`);
}

function lint(cwd: string): Promise<string> {
  const args = [BIOME, 'lint', '--reporter=json', '--max-diagnostics=none', '.'];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, maxBuffer: 2 ** 28 }, (_error, stdout) =>
      resolve(stdout),
    );
  });
}

async function plantImports(room: string): Promise<void> {
  const folder = folderOf(room);
  const importing = (from: string) => `import type { X } from '${from}';\nexport type Y = X;`;
  for (const other of Object.keys(ROOMS).filter((name) => name !== room)) {
    const path = relative(folder, `${folderOf(other)}/index.ts`);
    await plant(`${folder}/imports-${other}.ts`, importing(path));
  }
  for (const library of Object.keys(LIBRARIES)) {
    await plant(`${folder}/uses-${library}.ts`, importing(library));
  }
}

async function plantImpurities(room: string): Promise<void> {
  const folder = folderOf(room);
  await plant(`${folder}/reads-date.ts`, 'export const now = () => Date.now();');
  await plant(`${folder}/sets-timer.ts`, 'export const later = () => setTimeout(() => {}, 1);');
  await plant(`${folder}/draws-chance.ts`, 'export const chance = () => Math.random();');
  await plant(
    `${folder}/does-io.ts`,
    "import type { Stats } from 'node:fs';\nexport type Y = Stats;",
  );
}

beforeAll(async () => {
  planted = await mkdtemp(join(tmpdir(), 'troupe-architecture-'));
  for (const name of ['biome.json', 'tools', '.gitignore']) {
    await cp(join(ROOT, name), join(planted, name), { recursive: true });
  }
  for (const room of Object.keys(ROOMS)) {
    await plantImports(room);
    await plantImpurities(room);
  }
  await plant('src/ports/one.ts', "import type { Two } from './two.ts';\nexport type One = Two;");
  await plant('src/ports/two.ts', "import type { One } from './one.ts';\nexport type Two = One;");
  await plant('examples/cheat.ts', "export * from '../src/runtime/index.ts';");
  const report = JSON.parse(await lint(planted)) as {
    diagnostics: { category: string; location: { path: string | { file: string } } }[];
  };
  for (const { category, location } of report.diagnostics) {
    const path = typeof location.path === 'string' ? location.path : location.path.file;
    found.set(path, [...(found.get(path) ?? []), category]);
  }
});

afterAll(() => rm(planted, { recursive: true, force: true }));

const caught = (path: string, rule: string) =>
  (found.get(path) ?? []).some((category) => category.includes(rule));

describe('the linter', () => {
  it.each(Object.entries(ROOMS))('lets %s import only %j', (room, allowed) => {
    const others = Object.keys(ROOMS).filter((other) => other !== room);
    const permitted = others.filter(
      (other) => !caught(`${folderOf(room)}/imports-${other}.ts`, 'noRestrictedImports'),
    );
    expect(permitted.toSorted()).toEqual([...allowed].toSorted());
  });

  it.each(Object.entries(LIBRARIES))('keeps %s to %j', (library, owners) => {
    const users = Object.keys(ROOMS).filter(
      (room) => !caught(`${folderOf(room)}/uses-${library}.ts`, 'noRestrictedImports'),
    );
    expect(users.toSorted()).toEqual([...owners].toSorted());
  });

  it.each([
    ['reads-date.ts', 'noRestrictedGlobals'],
    ['sets-timer.ts', 'noRestrictedGlobals'],
    ['draws-chance.ts', 'plugin'],
    ['does-io.ts', 'noRestrictedImports'],
  ])('catches %s in the pure rooms and nowhere else', (file, rule) => {
    const rooms = Object.keys(ROOMS).filter((room) => caught(`${folderOf(room)}/${file}`, rule));
    expect(rooms.toSorted()).toEqual([...PURE].toSorted());
  });

  it('catches a cycle, of types too', () => {
    expect(caught('src/ports/one.ts', 'noImportCycles')).toBe(true);
  });

  it('holds the examples to the public API', () => {
    expect(caught('examples/cheat.ts', 'noRestrictedImports')).toBe(true);
  });
});

describe('the house', () => {
  it('has every room, and each says in one line what it is for', async () => {
    const rooms = (await readdir(join(ROOT, 'src'), { withFileTypes: true }))
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    const expected = Object.keys(ROOMS).filter((room) => folderOf(room).startsWith('src/'));
    expect(rooms.toSorted()).toEqual(expected.toSorted());
    for (const room of Object.keys(ROOMS)) {
      const text = await readFile(join(ROOT, folderOf(room), 'index.ts'), 'utf8');
      expect(text, room).toMatch(/^\/\*\* .+\. \*\/\n/);
    }
  });
});
