import { describe, expect, test } from 'vitest';
import type { FileFinding, Finding } from '../../examples/audit/inspect.ts';
import { buildReport } from '../../examples/audit/report.ts';
import type { Tree } from '../../examples/audit/tree.ts';

function fileAt(path: string, size: number, more: Partial<FileFinding> = {}): FileFinding {
  return { path, size, gzip: Math.ceil(size / 2), sha256: `hash of ${path}`, lines: 1, ...more };
}

function treeOf(findings: readonly Finding[], more: Partial<Tree> = {}): Tree {
  return {
    root: '/audited',
    files: findings.length,
    bytes: 0,
    directories: 1,
    symlinks: 0,
    packages: [],
    skipped: [],
    ...more,
  };
}

const reportOn = (findings: readonly Finding[], more: Partial<Tree> = {}) =>
  buildReport({ tree: treeOf(findings, more), findings: [findings] });

describe('totals', () => {
  test('add up what was measured and count what was not', () => {
    const report = reportOn(
      [
        fileAt('a', 10, { lines: 3 }),
        fileAt('b', 6, { lines: null }),
        fileAt('empty', 0, { lines: 0 }),
        { path: 'gone', reason: 'vanished during the audit' },
      ],
      { directories: 2, symlinks: 5, skipped: [{ path: 'pipe', reason: 'fifo' }] },
    );
    expect(report.totals).toEqual({
      files: 3,
      bytes: 16,
      gzip: 8,
      lines: 3,
      binaryFiles: 1,
      emptyFiles: 1,
      packages: 0,
      directories: 2,
      symlinks: 5,
      skipped: 2,
      duplicateGroups: 0,
      wastedBytes: 0,
    });
    expect(report.coverage).toEqual({ inspected: 4, listed: 4 });
    expect(report.skipped.map(({ path }) => path)).toEqual(['pipe', 'gone']);
  });

  test('are all zero for an empty folder', () => {
    const report = buildReport({ tree: treeOf([]), findings: [] });
    expect(report.totals).toMatchObject({ files: 0, bytes: 0, lines: 0, wastedBytes: 0 });
    expect(report).toMatchObject({ partial: false, packages: [], largest: [], duplicates: [] });
  });
});

describe('duplicates', () => {
  const same = { sha256: 'same' };

  test('waste every copy but one', () => {
    const report = reportOn([fileAt('b', 5, same), fileAt('a', 5, same), fileAt('c', 5, same)]);
    expect(report.duplicates).toEqual([
      { sha256: 'same', bytes: 5, copies: 3, wasted: 10, paths: ['a', 'b', 'c'] },
    ]);
    expect(report.totals).toMatchObject({ duplicateGroups: 1, wastedBytes: 10 });
  });

  test('do not include empty files', () => {
    expect(reportOn([fileAt('a', 0, same), fileAt('b', 0, same)]).duplicates).toEqual([]);
  });

  test('count the names of one file once', () => {
    const linked = { ...same, inode: '1:2' };
    const names = [fileAt('a', 5, linked), fileAt('b', 5, linked)];
    expect(reportOn(names).duplicates).toEqual([]);
    expect(reportOn([...names, fileAt('c', 5, same)]).duplicates).toMatchObject([
      { copies: 2, wasted: 5, paths: ['a', 'b', 'c'] },
    ]);
  });

  test('come with the most wasteful first, cut to `top`, with totals over all', () => {
    const findings = [5, 50, 20].flatMap((size) =>
      ['x', 'y'].map((copy) => fileAt(`${copy}${size}`, size, { sha256: `of ${size}` })),
    );
    const report = buildReport({ tree: treeOf(findings), findings: [findings], top: 2 });
    expect(report.duplicates.map((group) => group.wasted)).toEqual([50, 20]);
    expect(report.totals).toMatchObject({ duplicateGroups: 3, wastedBytes: 75 });
    expect(report.largest.map((file) => file.path)).toEqual(['x50', 'y50']);
  });
});

describe('packages', () => {
  const packaged = (path: string, size: number, name: string, licence: string) =>
    fileAt(path, size, { package: { name, licence, version: '1.0.0' } });

  test('own the files below them, except those of packages nested in them', () => {
    const report = reportOn(
      [
        packaged('package.json', 1, 'app', 'MIT'),
        fileAt('src/main.js', 2),
        packaged('node_modules/a/package.json', 10, 'a', 'ISC'),
        fileAt('node_modules/a/lib/deep/x.js', 20),
        packaged('node_modules/a/node_modules/b/package.json', 100, 'b', 'ISC'),
        fileAt('node_modules/.package-lock.json', 1000),
        fileAt('node_modules/.bin/tool', 1000),
      ],
      { packages: ['', 'node_modules/a', 'node_modules/a/node_modules/b'] },
    );
    expect(report.packages).toEqual([
      {
        name: 'b',
        version: '1.0.0',
        path: 'node_modules/a/node_modules/b',
        licence: 'ISC',
        files: 1,
        bytes: 100,
        gzip: 50,
      },
      {
        name: 'a',
        version: '1.0.0',
        path: 'node_modules/a',
        licence: 'ISC',
        files: 2,
        bytes: 30,
        gzip: 15,
      },
      { name: 'app', version: '1.0.0', path: '.', licence: 'MIT', files: 2, bytes: 3, gzip: 2 },
    ]);
    expect(report.licences).toEqual([
      { licence: 'ISC', packages: 2, bytes: 130 },
      { licence: 'MIT', packages: 1, bytes: 3 },
    ]);
  });

  test('of a workspace are known by their findings alone', () => {
    const report = reportOn([packaged('ws/a/package.json', 1, 'a', 'MIT'), fileAt('ws/x', 9)]);
    expect(report.packages).toMatchObject([{ name: 'a', path: 'ws/a', files: 1, bytes: 1 }]);
  });

  test('whose package.json was skipped keep the name of their place', () => {
    const path = 'node_modules/@s/a/package.json';
    const report = reportOn([{ path, reason: 'permission denied' }], {
      packages: ['node_modules/@s/a'],
    });
    expect(report.packages).toMatchObject([{ name: '@s/a', licence: 'unknown', files: 0 }]);
  });

  test('with a faulty package.json are reported', () => {
    const facts = { name: 'a', licence: 'unknown', problem: 'package.json is not valid JSON' };
    const report = reportOn([fileAt('node_modules/a/package.json', 1, { package: facts })]);
    expect(report.problems).toEqual([
      { path: 'node_modules/a/package.json', reason: 'package.json is not valid JSON' },
    ]);
  });

  test('have a plain object name or path without harm', () => {
    const findings = ['__proto__', 'constructor'].map((name) =>
      packaged(`node_modules/${name}/package.json`, 1, name, name),
    );
    const report = reportOn(findings);
    expect(report.packages.map(({ name }) => name)).toEqual(['__proto__', 'constructor']);
    expect(report.licences).toHaveLength(2);
  });
});

test('a partial report covers what was inspected and says what it does not know', () => {
  const findings = [fileAt('node_modules/a/big.js', 100)];
  const tree = treeOf(findings, { files: 8, packages: ['node_modules/a', 'node_modules/b'] });
  const report = buildReport({ tree, findings: [findings], partial: true });
  expect(report).toMatchObject({ partial: true, coverage: { inspected: 1, listed: 8 } });
  expect(report.packages).toMatchObject([
    { name: 'a', licence: 'not inspected', files: 1, bytes: 100 },
    { name: 'b', licence: 'not inspected', files: 0, bytes: 0 },
  ]);
});
