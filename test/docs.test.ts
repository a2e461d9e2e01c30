import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES, ExitCode } from '../src/index.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** The first column of a table's rows, where it is code. */
const firstColumn = (text: string) =>
  [...text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, cell]) => cell);

describe('the documentation', () => {
  it('has every error code with its meaning, and no other', () => {
    const rows = read('docs/errors.md').matchAll(/^\| `([^`]+)` \| ([^|]+) \|/gm);
    expect(Object.fromEntries([...rows].map(([, code, meaning]) => [code, meaning]))).toEqual(
      ERROR_CODES,
    );
  });

  it('has every event, and no other', () => {
    const declared = [...read('src/model/events.ts').matchAll(/'([a-z]+\.[a-z_]+)'/g)].map(
      ([, type]) => type,
    );
    expect(new Set(firstColumn(read('docs/events.md')))).toEqual(new Set(declared));
  });

  it('has every exit code, and no other, as --help has', () => {
    const codes = Object.values(ExitCode).map(String);
    expect(firstColumn(read('docs/shutdown.md')).filter((cell) => /^\d/.test(cell ?? ''))).toEqual(
      codes,
    );
    const help = read('src/cli/arguments.ts').matchAll(/^ {2}(\d+) {2,}/gm);
    expect([...help].map(([, code]) => code)).toEqual(codes);
  });

  it('links only to files that are there', () => {
    const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'bench/README.md'];
    for (const name of readdirSync(join(ROOT, 'docs'), { recursive: true })) {
      if (String(name).endsWith('.md')) pages.push(join('docs', String(name)));
    }
    const broken = pages.flatMap((page) => {
      const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(
        ([, link]) => link ?? '',
      );
      return links
        .filter((link) => !exists(join(page, '..', link)))
        .map((link) => `${page}: ${link}`);
    });
    expect(broken).toEqual([]);
  });
});

function exists(path: string): boolean {
  try {
    readdirSync(join(ROOT, path));
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOTDIR';
  }
}
