import { describe, expect, it } from 'vitest';
import type { ChildHost } from '../../actors/child.ts';
import { IGNORE } from '../../actors/child.ts';
import { worker } from '../../actors/worker.ts';

describe('a worker', () => {
  it('is none for now where the pool opens no more threads', () => {
    const closed = { isClosed: true, open: () => expect.fail('opened a thread') };
    const start = worker(closed, { grace: 10, handshakeTimeout: 10 });
    expect(start({ id: 'worker-1' } as ChildHost)).toBe(IGNORE);
  });
});
