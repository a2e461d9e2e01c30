import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryJournal } from '../../src/journal/index.ts';
import { thrown } from '../support/thrown.ts';
import { expectLikeNaive, journalContract } from './journal-contract.ts';
import { NaiveJournal } from './naive-journal.ts';

journalContract('MemoryJournal', () => new MemoryJournal());

describe('MemoryJournal', () => {
  it('answers at once', () => {
    const journal = new MemoryJournal();
    expect(journal.append([])).toBeUndefined();
    expect(journal.read('unknown')).toEqual([]);
    expect(journal.list({})).toEqual([]);
    expect(journal.close()).toBeUndefined();
  });

  it('lets go of the execution that ended first, once more have ended than it retains', () => {
    const journal = new MemoryJournal({ retain: 2 });
    const naive = new NaiveJournal(2);
    const ids = [1, 2, 3, 4].map(() => {
      const event = naive.start('audit', 0);
      journal.append([event]);
      return event.executionId;
    }) as [string, string, string, string];
    const [a, b, c, d] = ids;
    for (const id of [c, a, d]) {
      journal.append([naive.add(id, { type: 'execution.completed', output: 1 })]);
    }
    expect(journal.list({}).map(({ id }) => id)).toEqual([d, b, a]);
    expect(journal.get(c)).toBeUndefined();
    expect(journal.read(c)).toEqual([]);
    expect(journal.get(b)?.status).toBe('running');
  });

  it('goes on with the next page also when the execution that ended the last one is gone', () => {
    const journal = new MemoryJournal({ retain: 0 });
    const naive = new NaiveJournal(0);
    for (let i = 0; i < 4; i++) journal.append([naive.start('audit', 0)]);
    const [, , third] = naive.all;
    const before = third as string;
    journal.append([naive.add(before, { type: 'execution.completed', output: 1 })]);
    expect(journal.get(before)).toBeUndefined();
    expect(journal.list({ before }).map(({ id }) => id)).toEqual(
      naive.all.slice(0, 2).toReversed(),
    );
  });

  it('retains the last 1,000 unless it is told', () => {
    const journal = new MemoryJournal();
    const naive = new NaiveJournal(1_000);
    for (let i = 0; i < 1_002; i++) {
      const event = naive.start('audit', 0);
      const end = naive.add(event.executionId, { type: 'execution.completed', output: i });
      journal.append([event, end]);
    }
    expect(journal.list({ limit: 5_000 })).toHaveLength(1_000);
    expect(journal.list({ limit: 5_000 }).at(-1)?.id).toBe(naive.all[0]);
  });

  it('answers as a naive one that retains as much', async () => {
    await expectLikeNaive((retain) => new MemoryJournal({ retain }), fc.nat(4));
  });

  it('ignores events of executions that it does not know', () => {
    const journal = new MemoryJournal();
    journal.append([{ type: 'execution.paused', executionId: 'e', sequence: 2, time: 1 }]);
    expect(journal.get('e')).toBeUndefined();
    expect(journal.list({})).toEqual([]);
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '5' as never])(
    'refuses to retain %o',
    (retain) => {
      const error = thrown(() => new MemoryJournal({ retain }), 'InvalidOption');
      expect(error.details.field).toBe('retain');
    },
  );
});
