import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { quoteAndChange } from './fixtures/documented.ts';

describe('the example of docs/cache.md', () => {
  it('is the one that is tested here', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/cache.md'), 'utf8');
    const code = readFileSync(join(import.meta.dirname, 'fixtures/documented.ts'), 'utf8');
    expect(page).toContain(`\`\`\`ts\n${code}\`\`\``);
  });

  it('asks once for what is the same', async () => {
    const [sum, price, ...counts] = await quoteAndChange(['tea', 'kettle', 'tea']);
    expect([sum, price]).toEqual([12, 3]);
    expect(counts).toEqual([1, 1, 2]);
  });
});
