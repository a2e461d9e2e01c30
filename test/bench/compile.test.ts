import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { compile } from '../../bench/harness/compile.ts';

const never = new AbortController().signal;
const peer = new URL('../../bench/peers/tinypool.ts', import.meta.url);
const plain = new URL('./fixtures/contestant.mjs', import.meta.url);

describe('compile', { timeout: 60_000 }, () => {
  it('leaves alone what node runs as it is', async () => {
    const { compiled, complaint, dispose } = await compile([plain], never);
    expect(compiled(plain)).toBe(plain);
    expect(complaint).toBeUndefined();
    await dispose();
  });

  it('lays the project out as the package ships, and clears it away', async () => {
    const { compiled, dispose } = await compile([plain, peer], never);
    const file = compiled(peer);
    expect(file.pathname).toMatch(/\/dist\/bench\/peers\/tinypool\.js$/);
    expect(await readFile(file, 'utf8')).toContain("from '../harness/pool.js'");
    expect(existsSync(new URL('../../src/worker/source-entry.cjs', file))).toBe(true);
    expect(existsSync(new URL('../../../package.json', file))).toBe(true);
    expect(compiled(plain)).toBe(plain);

    await dispose();
    expect(existsSync(file)).toBe(false);
  });

  it('compiles nothing once aborted', async () => {
    await expect(compile([peer], AbortSignal.abort())).rejects.toThrow();
  });
});
