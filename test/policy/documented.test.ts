import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { priceOf } from './fixtures/documented.ts';

afterEach(() => vi.unstubAllGlobals());

describe('the example of docs/policies.md', () => {
  it('is the one that is tested here', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/policies.md'), 'utf8');
    const code = readFileSync(join(import.meta.dirname, 'fixtures/documented.ts'), 'utf8');
    expect(page).toContain(`\`\`\`ts\n${code}\`\`\``);
  });

  it('gives what the service answers', async () => {
    vi.stubGlobal('fetch', async (url: string) => new Response(url.endsWith('/tea') ? '42' : '0'));
    expect(await priceOf('tea', new AbortController().signal)).toBe(42);
  });

  it('ends with its caller', async () => {
    const own = new AbortController();
    vi.stubGlobal('fetch', () => new Promise(() => {}));
    const price = priceOf('tea', own.signal);
    own.abort('enough');
    await expect(price).rejects.toBe('enough');
  });
});
