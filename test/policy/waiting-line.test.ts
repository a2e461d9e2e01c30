import { describe, expect, it } from 'vitest';
import { WaitingLine } from '../../src/policy/waiting-line.ts';
import { listeners } from './stage.ts';

describe('WaitingLine', () => {
  it('lets go one after the other, in order of arrival, and says when nobody waits', async () => {
    const line = new WaitingLine();
    const gone: string[] = [];
    const { signal } = new AbortController();
    const all = ['a', 'b'].map((name) => line.join(signal).then(() => gone.push(name)));
    expect([line.size, line.next(), line.next(), line.next()]).toEqual([2, true, true, false]);
    await Promise.all(all);
    expect([gone, line.size, listeners(signal)]).toEqual([['a', 'b'], 0, 0]);
  });

  it('lets nobody in whose signal has aborted, who would never leave', () => {
    const line = new WaitingLine();
    expect(() => line.join(AbortSignal.abort('before'))).toThrow('before');
    expect(line.size).toBe(0);
  });

  it('lets one leave whose signal aborts, and the others keep their places', async () => {
    const line = new WaitingLine();
    const own = new AbortController();
    const gone: string[] = [];
    const { signal } = new AbortController();
    const first = line.join(signal).then(() => gone.push('first'));
    const second = line.join(own.signal);
    const third = line.join(signal).then(() => gone.push('third'));
    own.abort('enough');
    await expect(second).rejects.toBe('enough');
    expect([line.size, listeners(own.signal)]).toEqual([2, 0]);
    line.next();
    line.next();
    await Promise.all([first, third]);
    expect(gone).toEqual(['first', 'third']);
  });

  it('tells when the last one has left, however', () => {
    let emptied = 0;
    const line = new WaitingLine(() => emptied++);
    const own = new AbortController();
    line.join(own.signal).catch(() => {});
    void line.join(new AbortController().signal);
    line.next();
    expect(emptied).toBe(0);
    line.next();
    expect(emptied).toBe(1);
    line.join(own.signal).catch(() => {});
    own.abort();
    expect(emptied).toBe(2);
  });
});
