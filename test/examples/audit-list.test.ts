import { once } from 'node:events';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { makeBatches } from '../../examples/audit/batches.ts';
import { list } from '../../examples/audit/files.ts';
import { asOrdinaryUser, createTree, makeFifo, taskContext } from './audit-tree.ts';

const pathsOf = ({ batches }: Awaited<ReturnType<typeof list>>) =>
  batches.flatMap((batch) => batch.paths);

describe('list', () => {
  test('finds every file of every folder, the biggest first', async () => {
    using tree = createTree({
      'a.txt': 'a',
      'deep/er/b.txt': 'bbb',
      'deep/c.txt': 'cc',
      empty: '',
    });
    mkdirSync(tree.path('hollow'));
    const listing = await list({ root: tree.root }, taskContext());
    expect(pathsOf(listing)).toEqual(['deep/er/b.txt', 'deep/c.txt', 'a.txt', 'empty']);
    expect(listing.tree).toMatchObject({ root: tree.root, files: 4, bytes: 6, directories: 4 });
  });

  test('gives no batch for an empty folder', async () => {
    using tree = createTree({});
    const listing = await list({ root: tree.root }, taskContext());
    expect(listing.batches).toEqual([]);
    expect(listing.tree).toMatchObject({ files: 0, bytes: 0, directories: 1, skipped: [] });
  });

  test('counts symbolic links and follows none; broken ones and loops are skipped', async () => {
    using tree = createTree({ 'real/file': 'x' });
    symlinkSync('real', tree.path('folder'));
    symlinkSync('file', tree.path('real/link'));
    symlinkSync('..', tree.path('real/up'));
    symlinkSync('nowhere', tree.path('broken'));
    symlinkSync('pong', tree.path('ping'));
    symlinkSync('ping', tree.path('pong'));
    const listing = await list({ root: tree.root }, taskContext());
    expect(pathsOf(listing)).toEqual(['real/file']);
    expect(listing.tree.symlinks).toBe(3);
    expect(listing.tree.skipped).toEqual([
      { path: 'broken', reason: 'broken symbolic link' },
      { path: 'ping', reason: 'symbolic link loop' },
      { path: 'pong', reason: 'symbolic link loop' },
    ]);
  });

  test('follows a link only where it is the audited folder itself', async () => {
    using tree = createTree({ 'real/file': 'x' });
    symlinkSync('real', tree.path('root'));
    const listing = await list({ root: tree.path('root') }, taskContext());
    expect(listing.tree.root).toBe(tree.path('real'));
    expect(pathsOf(listing)).toEqual(['file']);
  });

  test('never opens fifos and sockets', async () => {
    using tree = createTree({ file: 'x' });
    makeFifo(tree.path('pipe'));
    const server = createServer().listen(tree.path('socket'));
    await once(server, 'listening');
    try {
      const listing = await list({ root: tree.root }, taskContext());
      expect(pathsOf(listing)).toEqual(['file']);
      expect(listing.tree.skipped).toEqual([
        { path: 'pipe', reason: 'fifo' },
        { path: 'socket', reason: 'socket' },
      ]);
    } finally {
      server.close();
    }
  });

  test('skips a folder that it may not read and goes on', async () => {
    using tree = createTree({ 'open/file': 'x', 'shut/file': 'y' });
    chmodSync(tree.path('shut'), 0);
    const listing = await asOrdinaryUser(() => list({ root: tree.root }, taskContext()));
    chmodSync(tree.path('shut'), 0o755);
    expect(pathsOf(listing)).toEqual(['open/file']);
    expect(listing.tree.skipped).toEqual([{ path: 'shut', reason: 'permission denied' }]);
  });

  test.runIf(process.platform === 'linux')('skips a name that is not UTF-8', async () => {
    using tree = createTree({});
    writeFileSync(Buffer.concat([Buffer.from(tree.path('caf')), Buffer.from([0xe9])]), 'x');
    const listing = await list({ root: tree.root }, taskContext());
    expect(listing.tree.skipped).toEqual([
      { path: 'caf\uFFFD', reason: 'name is not valid UTF-8' },
    ]);
  });

  test('names the packages by their place: plain, scoped, nested and in a store', async () => {
    const manifests = [
      'node_modules/plain',
      'node_modules/plain/dist/esm',
      'node_modules/@scope/member',
      'node_modules/@scope',
      'node_modules/plain/node_modules/nested',
      'node_modules/.pnpm/stored@1.0.0/node_modules/stored',
      'workspaces/member',
      '.',
    ].map((dir) => [`${dir}/package.json`, '{}']);
    using tree = createTree(Object.fromEntries(manifests));
    const listing = await list({ root: tree.root }, taskContext());
    expect(listing.tree.packages).toEqual([
      '',
      'node_modules/.pnpm/stored@1.0.0/node_modules/stored',
      'node_modules/@scope/member',
      'node_modules/plain',
      'node_modules/plain/node_modules/nested',
    ]);
  });

  test('knows the place of packages also where the audit begins inside node_modules', async () => {
    using tree = createTree({ 'node_modules/@scope/member/package.json': '{}' });
    const inside = await list({ root: tree.path('node_modules') }, taskContext());
    expect(inside.tree.packages).toEqual(['@scope/member']);
    const scope = await list({ root: tree.path('node_modules/@scope') }, taskContext());
    expect(scope.tree.packages).toEqual(['member']);
  });

  test('rejects a root that is missing or no folder, in one line', async () => {
    using tree = createTree({ file: 'x' });
    const missing = tree.path('missing');
    await expect(list({ root: missing }, taskContext())).rejects.toThrow(
      `cannot audit ${missing}: no such folder`,
    );
    const file = tree.path('file');
    await expect(list({ root: file }, taskContext())).rejects.toThrow(
      `cannot audit ${file}: not a folder`,
    );
  });

  test('stops when it is aborted', async () => {
    using tree = createTree({ file: 'x' });
    const stopped = list({ root: tree.root }, taskContext(AbortSignal.abort(new Error('stop'))));
    await expect(stopped).rejects.toThrow('stop');
  });

  test('rejects when the folder vanishes before it is read', async () => {
    using tree = createTree({ 'gone/file': 'x' });
    rmSync(tree.path('gone'), { recursive: true });
    await expect(list({ root: tree.path('gone') }, taskContext())).rejects.toThrow(
      'no such folder',
    );
  });
});

describe('batches', () => {
  const MIB = 1024 * 1024;
  const sizes = (count: number, size: number) =>
    Array.from({ length: count }, (_, index) => ({ path: `${size}-${index}`, size }));

  test('hold at most 32 files and 2 MiB', () => {
    const batches = makeBatches('/', [...sizes(10, MIB), ...sizes(100, 10)]);
    expect(batches.map((batch) => batch.paths.length)).toEqual([2, 2, 2, 2, 2, 32, 32, 32, 4]);
    expect(batches.every((batch) => batch.bytes <= 2 * MIB)).toBe(true);
  });

  test('come with the biggest first, a giant in one of its own', () => {
    const batches = makeBatches('/', [...sizes(2, 5), ...sizes(1, 50 * MIB), ...sizes(1, MIB)]);
    expect(batches.map((batch) => batch.bytes)).toEqual([50 * MIB, MIB + 10]);
  });

  test('hold every file once', () => {
    const files = [...sizes(77, 3), ...sizes(5, 3 * MIB), ...sizes(40, 0)];
    const paths = makeBatches('/', files).flatMap((batch) => batch.paths);
    expect(paths.toSorted()).toEqual(files.map((file) => file.path).toSorted());
  });
});
