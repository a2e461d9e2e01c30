import { createHash } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  linkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { inspect } from '../../examples/audit/files.ts';
import { type FileFinding, type Finding, isSkipped } from '../../examples/audit/inspect.ts';
import { createLineCounter } from '../../examples/audit/lines.ts';
import { asOrdinaryUser, createTree, makeFifo, type TestTree, taskContext } from './audit-tree.ts';

const MIB = 1024 * 1024;

const inspectPaths = (tree: TestTree, ...paths: string[]): Promise<Finding[]> =>
  inspect({ root: tree.root, paths, bytes: 0 }, taskContext());

async function measured(tree: TestTree, path: string): Promise<FileFinding> {
  const [finding] = await inspectPaths(tree, path);
  if (finding === undefined || isSkipped(finding)) throw new Error(`skipped: ${finding?.reason}`);
  return finding;
}

const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

describe('a file', () => {
  test('is measured: size, gzip size, digest and lines', async () => {
    const text = 'one\ntwo\nthree\n';
    using tree = createTree({ 'text.txt': text });
    expect(await measured(tree, 'text.txt')).toEqual({
      path: 'text.txt',
      size: text.length,
      gzip: gzipSync(text).length,
      sha256: sha256(text),
      lines: 3,
    });
  });

  test('that is empty has no line', async () => {
    using tree = createTree({ empty: '' });
    const finding = await measured(tree, 'empty');
    expect(finding).toMatchObject({ size: 0, lines: 0, sha256: sha256('') });
  });

  test('with a NUL byte in its first 8 KiB is binary and has no line count', async () => {
    const text = Buffer.alloc(8193, 'x\n');
    const early = Buffer.from(text);
    early[8191] = 0;
    const late = Buffer.from(text);
    late[8192] = 0;
    using tree = createTree({ early, late });
    expect(await measured(tree, 'early')).toMatchObject({ lines: null });
    expect(await measured(tree, 'late')).toMatchObject({ lines: 4097 });
  });

  test('over 1 MiB is streamed to the same result', async () => {
    const line = Buffer.from('all work and no play makes a dull file\n');
    const content = Buffer.alloc(3 * MIB + 17, line);
    using tree = createTree({ big: content });
    const finding = await measured(tree, 'big');
    expect(finding.size).toBe(content.length);
    expect(finding.sha256).toBe(sha256(content));
    expect(finding.lines).toBe(Math.ceil(content.length / line.length));
    const ratio = finding.gzip / gzipSync(content).length;
    expect(ratio).toBeGreaterThan(0.9);
    expect(ratio).toBeLessThan(1.1);
    expect(gunzipSync(gzipSync(content))).toHaveLength(finding.size);
  });

  test('that changed size after it was listed is measured as it is found', async () => {
    using tree = createTree({ grown: 'x', shrunk: 'xxxx' });
    appendFileSync(tree.path('grown'), 'yy');
    truncateSync(tree.path('shrunk'), 1);
    const findings = await inspectPaths(tree, 'grown', 'shrunk');
    expect(findings).toMatchObject([{ size: 3 }, { size: 1 }]);
  });

  test('with several names tells that they are one', async () => {
    using tree = createTree({ first: 'same', other: 'same' });
    linkSync(tree.path('first'), tree.path('second'));
    const [first, second, other] = (await inspectPaths(
      tree,
      'first',
      'second',
      'other',
    )) as FileFinding[];
    expect(first?.inode).toBe(second?.inode);
    expect(first?.inode).toMatch(/^\d+:\d+$/);
    expect(other).not.toHaveProperty('inode');
  });
});

describe('a file is skipped with its reason', () => {
  test('that vanished after it was listed, alone or with its folder', async () => {
    using tree = createTree({ 'folder/file': 'x', stays: 'y' });
    rmSync(tree.path('folder'), { recursive: true });
    expect(await inspectPaths(tree, 'folder/file', 'stays')).toMatchObject([
      { path: 'folder/file', reason: 'vanished during the audit' },
      { path: 'stays', size: 1 },
    ]);
  });

  test('that may not be read', async () => {
    using tree = createTree({ shut: 'x', open: 'y' });
    chmodSync(tree.path('shut'), 0);
    expect(await asOrdinaryUser(() => inspectPaths(tree, 'shut', 'open'))).toMatchObject([
      { path: 'shut', reason: 'permission denied' },
      { path: 'open', size: 1 },
    ]);
  });

  test('that was replaced by a fifo or a link, neither of which is opened', async () => {
    using tree = createTree({ secret: 'x' });
    makeFifo(tree.path('pipe'));
    symlinkSync('secret', tree.path('link'));
    expect(await inspectPaths(tree, 'pipe', 'link')).toEqual([
      { path: 'pipe', reason: 'replaced by a fifo during the audit' },
      { path: 'link', reason: 'replaced by a symbolic link during the audit' },
    ]);
  });
});

describe('inspect stops when it is aborted', () => {
  test('between files', async () => {
    using tree = createTree({ file: 'x' });
    const batch = { root: tree.root, paths: ['file'], bytes: 1 };
    const stopped = inspect(batch, taskContext(AbortSignal.abort(new Error('stop'))));
    await expect(stopped).rejects.toThrow('stop');
  });

  test('in the middle of a huge file', async () => {
    using tree = createTree({ huge: '' });
    truncateSync(tree.path('huge'), 256 * 1024 * MIB);
    const controller = new AbortController();
    const batch = { root: tree.root, paths: ['huge'], bytes: 0 };
    const stopped = inspect(batch, taskContext(controller.signal));
    setImmediate(() => setImmediate(() => controller.abort(new Error('stop'))));
    await expect(stopped).rejects.toThrow('stop');
  });
});

describe('a package.json', () => {
  const packageOf = async (tree: TestTree, dir: string) =>
    (await measured(tree, `${dir}/package.json`)).package;

  test('gives name, version and declared licence of its package', async () => {
    const manifest = { name: '@scope/member', version: '1.2.3', license: 'MIT' };
    using tree = createTree({ 'node_modules/@scope/member/package.json': manifest });
    expect(await packageOf(tree, 'node_modules/@scope/member')).toEqual({
      name: '@scope/member',
      version: '1.2.3',
      licence: 'MIT',
    });
  });

  test('without a licence has that of the text beside it', async () => {
    using tree = createTree({
      'node_modules/a/package.json': { name: 'a', license: 'SEE LICENSE IN COPYING' },
      'node_modules/a/COPYING': 'GNU GENERAL PUBLIC LICENSE Version 2, June 1991',
      'node_modules/b/package.json': { name: 'b' },
    });
    expect(await packageOf(tree, 'node_modules/a')).toMatchObject({ licence: 'GPL-2.0' });
    expect(await packageOf(tree, 'node_modules/b')).toMatchObject({ licence: 'unknown' });
  });

  test('is not read through a licence file that is a link or a fifo', async () => {
    using tree = createTree({ 'a/package.json': { name: 'a' }, MIT: 'The MIT License' });
    symlinkSync('../MIT', tree.path('a/LICENSE'));
    makeFifo(tree.path('a/COPYING'));
    expect(await packageOf(tree, 'a')).toMatchObject({ licence: 'unknown' });
  });

  test('that has no name or is broken leaves a package with the name of its place', async () => {
    using tree = createTree({
      'node_modules/nameless/package.json': { type: 'module', license: 'ISC' },
      'node_modules/@s/broken/package.json': '{ "name": ',
      'node_modules/array/package.json': '[]',
      'node_modules/bom/package.json': '\uFEFF{"name":"bom"}',
    });
    expect(await packageOf(tree, 'node_modules/nameless')).toEqual({
      name: 'nameless',
      licence: 'ISC',
    });
    expect(await packageOf(tree, 'node_modules/@s/broken')).toEqual({
      name: '@s/broken',
      licence: 'unknown',
      problem: 'package.json is not valid JSON',
    });
    expect(await packageOf(tree, 'node_modules/array')).toMatchObject({
      problem: 'package.json holds no object',
    });
    expect(await packageOf(tree, 'node_modules/bom')).toEqual({ name: 'bom', licence: 'unknown' });
  });

  test('inside a package makes no package of its own', async () => {
    using tree = createTree({ 'node_modules/a/esm/package.json': { name: 'a/esm' } });
    expect(await packageOf(tree, 'node_modules/a/esm')).toBeUndefined();
  });

  test('outside of node_modules makes a package by its name alone', async () => {
    using tree = createTree({ 'ws/a/package.json': { name: 'a' }, 'ws/b/package.json': {} });
    writeFileSync(tree.path('package.json'), '{}');
    expect(await packageOf(tree, 'ws/a')).toMatchObject({ name: 'a' });
    expect(await packageOf(tree, 'ws/b')).toBeUndefined();
    expect((await measured(tree, 'package.json')).package?.name).toMatch(/^troupe-audit-/);
  });
});

test('lines are counted alike, however a file is cut into chunks', () => {
  const content = Buffer.from('a\n\nbc\r\nd');
  for (let cut = 0; cut <= content.length; cut += 1) {
    const counter = createLineCounter();
    counter.add(content.subarray(0, cut));
    counter.add(content.subarray(cut));
    expect(counter.count()).toBe(4);
  }
});
