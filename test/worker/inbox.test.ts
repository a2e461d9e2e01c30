import { describe, expect, it } from 'vitest';
import { Inbox } from '../../src/worker/inbox.ts';

const value = (value: unknown) => ({ done: false, value });
const DONE = { done: true, value: undefined };

describe('an inbox', () => {
  it('answers all who asked before there was anything, in their order', async () => {
    const inbox = new Inbox(() => {});
    const asked = [inbox.next(), inbox.next(), inbox.next()];
    inbox.deliver('a');
    inbox.deliver('b');
    inbox.end();
    expect(await Promise.all(asked)).toEqual([value('a'), value('b'), DONE]);
  });

  it('keeps what nobody has asked for, also beyond its end', async () => {
    const inbox = new Inbox(() => {});
    inbox.deliver('a');
    inbox.end();
    expect(await inbox.next()).toEqual(value('a'));
    expect(await inbox.next()).toEqual(DONE);
  });
});
