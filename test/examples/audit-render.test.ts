import { describe, expect, test } from 'vitest';
import { formatBytes, formatPlural, printable, shorten } from '../../examples/audit/format.ts';
import { describeCoverage, renderReport } from '../../examples/audit/render.ts';
import { buildReport, type ReportInput } from '../../examples/audit/report.ts';
import { unlistedTree } from '../../examples/audit/tree.ts';

const PLAIN = { top: 10, colour: false, width: 100 };

const file = (path: string, size: number, sha256 = path) => ({
  path,
  size,
  gzip: size,
  sha256,
  lines: path.endsWith('.bin') ? null : 12,
});

const INPUT: ReportInput = {
  tree: {
    root: '/audited',
    files: 5,
    bytes: 0,
    directories: 1,
    symlinks: 1,
    packages: [],
    skipped: [{ path: 'pipe', reason: 'fifo' }],
  },
  findings: [
    [
      file('huge.bin', 3 * 1024 * 1024),
      file('a.txt', 2048, 'same'),
      file('b.txt', 2048, 'same'),
      {
        ...file('package.json', 100),
        package: { name: 'app', version: '1.0.0', licence: 'MIT', problem: 'odd' },
      },
    ],
  ],
};

describe('the rendered report', () => {
  const report = buildReport(INPUT);
  const text = renderReport(report, PLAIN);

  test('begins with what was found in all', () => {
    expect(text.split('\n').slice(0, 3)).toEqual([
      'Audit of /audited',
      '4 files in 1 folder, 3.0 MiB (3.0 MiB gzipped), 36 lines of text',
      '1 package; 1 binary and 0 empty files; 1 symbolic link not followed; 1 skipped',
    ]);
  });

  test('has a table for every aspect', () => {
    expect(text).toMatch(/^app +1\.0\.0 +MIT +4 +3\.0 MiB +3\.0 MiB$/m);
    expect(text).toMatch(/^MIT +1 +3\.0 MiB$/m);
    expect(text).toMatch(/^ *3\.0 MiB +3\.0 MiB +binary +huge\.bin$/m);
    expect(text).toContain('Duplicate files: 2.0 KiB wasted (1)');
    expect(text).toMatch(/^ *2\.0 KiB +2 +2\.0 KiB +a\.txt$/m);
    expect(text).toMatch(/^fifo +pipe$/m);
    expect(text).toMatch(/^odd +package\.json$/m);
  });

  test('leaves out what has nothing to show', () => {
    const empty = buildReport({ tree: { ...INPUT.tree, skipped: [] }, findings: [] });
    expect(renderReport(empty, PLAIN).split('\n')).toHaveLength(4);
  });

  test('shows at most `top` rows of a table and says of how many', () => {
    const short = renderReport(report, { ...PLAIN, top: 1 });
    expect(short).toContain('Largest files (1 of 4)');
    expect(short).not.toContain('package.json  ');
  });

  test('says in its second line that it is partial', () => {
    const partial = buildReport({ ...INPUT, partial: true });
    const [, second] = renderReport(partial, PLAIN).split('\n');
    expect(second).toBe('Interrupted: partial report over 4 of 5 files.');
  });

  test('has escape sequences only where colours are wanted', () => {
    expect(text).not.toContain('\u001b');
    expect(renderReport(report, { ...PLAIN, colour: true })).toContain('\u001b[1m');
  });

  test('fits the terminal, and is whole where there is none', () => {
    const path = `${'long/'.repeat(40)}end.txt`;
    const findings = [[file(path, 1)]];
    const deep = buildReport({ ...INPUT, findings });
    const lines = renderReport(deep, { ...PLAIN, width: 80 }).split('\n');
    expect(Math.max(...lines.slice(3).map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(renderReport(deep, { ...PLAIN, width: Number.POSITIVE_INFINITY })).toContain(path);
  });

  test('lets no name of a file reach the terminal as commands', () => {
    const findings = [[file('evil\u001b[2J\nname\u202e', 1)]];
    const evil = renderReport(buildReport({ ...INPUT, findings }), PLAIN);
    expect(evil).toContain('evil\uFFFD[2J\uFFFDname\uFFFD');
    expect(evil).not.toContain('\u001b');
  });
});

test('an audit that was stopped while listing does not claim coverage', () => {
  const report = buildReport({ tree: unlistedTree('/audited'), findings: [], partial: true });
  expect(describeCoverage(report)).toBe('the files were not listed yet');
});

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1024 * 1024 - 1, '1.0 MiB'],
  [1.5 * 1024 ** 3, '1.5 GiB'],
  [5000 * 1024 ** 4, '5000.0 TiB'],
])('%d bytes are shown as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('counts agree with their nouns', () => {
  expect([formatPlural(1, 'file'), formatPlural(1234, 'file')]).toEqual(['1 file', '1,234 files']);
});

test('a long text is cut in its middle, never inside a character', () => {
  expect(shorten('short', 10)).toBe('short');
  expect(shorten('beginning/middle/end.txt', 12)).toBe('beg…/end.txt');
  expect([...shorten('😀'.repeat(30), 10)]).toHaveLength(10);
});

test('a lone surrogate is replaced', () => {
  expect(printable('a\ud800b😀')).toBe('a\uFFFDb😀');
});
