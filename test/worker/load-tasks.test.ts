import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { defineTask } from '../../src/task.ts';
import { type LoadedTask, loadTasks, runStarts } from '../../src/worker/index.ts';
import { rejection } from '../support/rejection.ts';
import { thrown } from '../support/thrown.ts';

function source(name: string, file: string) {
  return { name, url: new URL(`./fixtures/${file}`, import.meta.url).href };
}

async function load(file: string): Promise<ReadonlyMap<string, LoadedTask>> {
  const { tasks } = await loadTasks([source('m', file)]);
  expect(new Set(tasks.map(({ id }) => id)).size).toBe(tasks.length);
  return new Map(tasks.map((task) => [task.id, task]));
}

async function run(tasks: ReadonlyMap<string, LoadedTask>, id: string, input: unknown) {
  const task = tasks.get(id);
  if (task === undefined) return expect.fail(`there is no ${id} in ${[...tasks.keys()]}`);
  return task.run(input, undefined);
}

describe('an ES module', () => {
  it('offers every function that it exports, and nothing else', async () => {
    const tasks = await load('esm.mjs');
    expect([...tasks.keys()].sort()).toEqual([
      'm.arrow',
      'm.default',
      'm.nothing',
      'm.patient',
      'm.plain',
      'm.withArguments',
      'm.withDefault',
      'm.withOption',
      'm.withOthers',
      'm.withRest',
    ]);
    expect(await run(tasks, 'm.plain', 1)).toBe('plain 1');
    expect(await run(tasks, 'm.patient', 2)).toBe('patient 2');
    expect(await run(tasks, 'm.default', 3)).toBe('main 3');
  });

  it('spares a context only those that surely take none', async () => {
    const tasks = await load('esm.mjs');
    const spared = [...tasks.values()].filter(({ takesContext }) => !takesContext);
    expect(spared.map(({ id }) => id).sort()).toEqual(['m.default', 'm.patient', 'm.plain']);
  });

  it('may offer the functions of the object that it exports by default', async () => {
    const tasks = await load('default-object.mjs');
    expect([...tasks.keys()]).toEqual(['m.hash']);
    expect(await run(tasks, 'm.hash', 1)).toBe('hash 1');
  });

  it('prefers what it exports by name to what its default export has', async () => {
    const tasks = await load('both.mjs');
    expect([...tasks.keys()].sort()).toEqual(['m.hash', 'm.other']);
    expect(await run(tasks, 'm.hash', 1)).toBe('named');
    expect(await run(tasks, 'm.other', 1)).toBe('other 1');
  });

  it('may offer nothing', async () => {
    expect((await loadTasks([source('m', 'empty.mjs')])).tasks).toEqual([]);
  });
});

describe('a CommonJS module', () => {
  it('offers the functions of its exports, also those that Node cannot tell by reading', async () => {
    const tasks = await load('common.cjs');
    expect([...tasks.keys()].sort()).toEqual(['m.double', 'm.triple']);
    expect(await run(tasks, 'm.triple', 5)).toBe(15);
  });

  it('that was an ES module once offers its named and its default export', async () => {
    const tasks = await load('interop.cjs');
    expect([...tasks.keys()]).toEqual(expect.arrayContaining(['m.named', 'm.default']));
    expect(await run(tasks, 'm.named', 1)).toBe('named 1');
    expect(await run(tasks, 'm.default', 1)).toBe('default 1');
  });

  it('that is a function offers it as default', async () => {
    const tasks = await load('one-function.cjs');
    expect(await run(tasks, 'm.default', 1)).toBe('only 1');
  });
});

describe('a TypeScript module', () => {
  it('is loaded as JavaScript is', async () => {
    const tasks = await load('typed.ts');
    expect([...tasks.keys()].sort()).toEqual(['m.shout', 'm.whoAmI']);
    expect(await run(tasks, 'm.shout', { text: 'aBc' })).toBe('ABC');
  });
});

describe('several modules', () => {
  it('are loaded in order, each under its name', async () => {
    const { tasks } = await loadTasks([source('b', 'default-object.mjs'), source('a', 'both.mjs')]);
    expect(tasks.map(({ id }) => id)).toEqual(['b.hash', 'a.hash', 'a.other']);
  });

  it('give the same list each time, so that threads agree', async () => {
    const sources = ['esm.mjs', 'common.cjs', 'typed.ts'].map((file, i) => source(`m${i}`, file));
    const lists = [await loadTasks(sources), await loadTasks(sources)];
    const [one, other] = lists.map(({ tasks }) => tasks.map(({ id }) => id));
    expect(one).toEqual(other);
  });

  it('are none when there are none', async () => {
    expect(await loadTasks([])).toEqual({ tasks: [], starts: [], stops: [] });
  });

  it('are given up when one of them does not load', async () => {
    const sources = [source('good', 'both.mjs'), source('bad', 'broken.mjs')];
    const error = await rejection(loadTasks(sources), 'TaskModuleNotLoaded');
    expect(error.details.module).toBe('bad');
  });
});

describe('a module that does not load', () => {
  it.each([
    ['is not there', 'missing.mjs', 'missing.mjs'],
    ['cannot be parsed', 'broken.mjs', ''],
    ['cannot be parsed, in CommonJS', 'broken.cjs', ''],
    ['throws when it is evaluated', 'throws.mjs', 'no license for this machine'],
    ['throws nothing when it is evaluated', 'throws-nothing.mjs', 'null'],
  ])('is named with why, when it %s', async (_, file, why) => {
    const broken = source('m', file);
    const error = await rejection(loadTasks([broken]), 'TaskModuleNotLoaded');
    expect(error.details).toEqual({ module: 'm', url: broken.url });
    expect(error.message).toContain(`task module m could not be loaded from ${broken.url}: `);
    expect(error.message).toContain(why);
  });

  it('keeps what the loader threw', async () => {
    const error = await rejection(loadTasks([source('m', 'throws.mjs')]), 'TaskModuleNotLoaded');
    expect(error.cause).toMatchObject({ name: 'RangeError' });
  });

  it('may be TypeScript', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'troupe-'));
    try {
      const file = join(folder, 'tasks.ts');
      await writeFile(file, 'export function hash(path: string: number {}\n');
      const broken = { name: 'm', url: pathToFileURL(file).href };
      const error = await rejection(loadTasks([broken]), 'TaskModuleNotLoaded');
      expect(error.details).toEqual({ module: 'm', url: broken.url });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('may have a URL that nobody can open', async () => {
    const source = { name: 'm', url: 'no-such-scheme:tasks' };
    const error = await rejection(loadTasks([source]), 'TaskModuleNotLoaded');
    expect(error.details).toEqual({ module: 'm', url: 'no-such-scheme:tasks' });
  });
});

describe('a task that declares something of itself', () => {
  it('is given what its schema makes of the input, and gives what the other makes of it', async () => {
    const tasks = await load('declared.ts');
    expect(await run(tasks, 'm.double', '21')).toBe(42);
    expect(tasks.get('m.double')).toMatchObject({
      timeout: 500,
      takesContext: false,
      cache: { ttl: 5 },
    });
    expect(tasks.get('m.slow')?.cache).toBeUndefined();
    expect(await run(tasks, 'm.slow', 'good')).toBe('good');
  });

  it.each([
    ['m.double', 'many', 'InvalidInput', /input of task m\.double: .*NaN/],
    ['m.double', 51, 'InvalidOutput', /output of task m\.double: .*100/],
    ['m.slow', 'bad', 'InvalidInput', /input of task m\.slow: deep\.0: is bad/],
    ['m.defect', 1, 'InvalidInput', /its schema threw: schema defect/],
    ['m.query', 'bad', 'InvalidInput', /input of task m\.query: deep\.0: is bad/],
    ['m.query', 10, 'InvalidOutput', /output of task m\.query: rows: /],
    ['m.checkedQuery', 'bad', 'InvalidOutput', /output of task m\.checkedQuery: deep\.0: is bad/],
  ] as const)('%s refuses %s with %s', async (id, input, code, message) => {
    const tasks = await load('declared.ts');
    const error = await rejection(
      Promise.resolve().then(() => run(tasks, id, input)),
      code,
    );
    expect(error.message).toMatch(message);
  });

  it('may give a thenable, and so may its schemas', async () => {
    const tasks = await load('declared.ts');
    expect(await run(tasks, 'm.query', 3)).toEqual({ rows: 3 });
    expect(await run(tasks, 'm.checkedQuery', 'good')).toBe('good');
  });

  it.each([
    ['m.misjudged', undefined, 'InvalidInput', 'input of task m.misjudged', 'undefined'],
    ['m.misjudged', null, 'InvalidInput', 'input of task m.misjudged', 'null'],
    ['m.misjudged', 'yes', 'InvalidInput', 'input of task m.misjudged', '"yes"'],
    ['m.misjudged', {}, 'InvalidInput', 'input of task m.misjudged', 'a plain object'],
    ['m.misjudged', { issues: 1 }, 'InvalidInput', 'input of task m.misjudged', 'a plain object'],
    ['m.misjudgedLate', null, 'InvalidInput', 'input of task m.misjudgedLate', 'null'],
    ['m.misjudgedOutput', null, 'InvalidOutput', 'output of task m.misjudgedOutput', 'null'],
  ] as const)('%s says of a schema that answers %j that it gives no result', async (...row) => {
    const [id, answer, code, what, shown] = row;
    const tasks = await load('declared.ts');
    const error = await rejection(
      Promise.resolve().then(() => run(tasks, id, answer)),
      code,
    );
    expect(error.message).toBe(
      `${what}: its schema must answer { value } or { issues }, but gave ${shown}`,
    );
  });

  it('that yields has each of its pieces checked, and its generator ended by one that does not fit', async () => {
    const tasks = await load('declared.ts');
    const pieces: unknown[] = [];
    const generator = (await run(tasks, 'm.evens', 9)) as AsyncGenerator;
    const reading = (async () => {
      for await (const piece of generator) pieces.push(piece);
    })();
    const error = await rejection(reading, 'InvalidOutput');
    expect(error.message).toMatch(/output of task m\.evens: .*multiple of 2/);
    expect(pieces).toEqual([2, 2, 4, 4]);
    const short = (await run(tasks, 'm.evens', 2)) as AsyncGenerator;
    expect(await short.next()).toEqual({ done: false, value: 2 });
    expect(await short.next()).toEqual({ done: true, value: 'counted' });
  });

  it('is as synchronous as it would be without', async () => {
    const tasks = await load('declared.ts');
    expect(tasks.get('m.double')?.run(1, undefined)).toBe(2);
  });

  it.each([
    [{ timeout: -1 }, 'timeout'],
    [{ timeout: 0 }, 'timeout'],
    [{ input: {} }, 'input'],
    [{ outputs: 1 }, 'outputs'],
    [{ executor: '' }, 'executor'],
    [{ executor: 5 }, 'executor'],
    [{ cache: { ttl: 0 } }, 'cache.ttl'],
    [{ cache: { ttl: 1, key: () => 'k' } }, 'cache.key'],
  ])('is refused for %j', (options, field) => {
    expect(thrown(() => defineTask(options as never, () => 1), 'InvalidOption').message).toContain(
      field,
    );
  });
});

describe('the hooks of a module', () => {
  it('that fail at the start say whose they are', async () => {
    const cause = new RangeError('no database');
    const run = () => Promise.reject(cause);
    const error = await rejection(runStarts([{ module: 'm', run }]), 'HandshakeFailed');
    expect(error.message).toBe('onWorkerStart of task module m failed: no database');
    expect(error).toMatchObject({ cause, details: { module: 'm', hook: 'onWorkerStart' } });
  });

  it('are no tasks; the stops go in reverse', async () => {
    const sources = [source('a', 'declared.ts'), source('b', 'hooks.mjs')];
    const { tasks, starts, stops } = await loadTasks(sources);
    expect(tasks.map(({ id }) => id)).not.toContain('a.onWorkerStart');
    expect(starts).toHaveLength(2);
    expect(stops.map((stop) => stop.name)).toEqual(['onWorkerStop', 'onWorkerStop']);
    expect(await stops[0]?.()).toBe('stopped b');
  });
});
