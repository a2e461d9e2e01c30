import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EventBody, EXECUTION_STATUSES, type ExecutionEvent } from '../../src/model/index.ts';
import type { ExecutionSummary, Journal, ListFilter } from '../../src/ports/index.ts';
import { NaiveJournal } from './naive-journal.ts';

const error = { name: 'Error', message: 'no' };

const middle = fc.constantFrom<EventBody>(
  { type: 'execution.paused' },
  { type: 'execution.resumed' },
  { type: 'execution.cancelling', reason: 'why' },
  { type: 'step.started', step: 's', items: 2 },
  { type: 'item.completed', step: 's', index: 0, output: { a: [1] } },
  { type: 'step.retrying', step: 's', attempt: 1, delay: 5, error },
  { type: 'step.failed', step: 's', attempt: 2, error },
  { type: 'step.completed', step: 's', output: 'done' },
);

const last = fc.constantFrom<EventBody>(
  { type: 'execution.completed', output: 1 },
  { type: 'execution.failed', error },
  { type: 'execution.cancelled', reason: 'why' },
  { type: 'execution.timed_out', error },
);

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const pipeline = fc.constantFrom('audit', 'digest');

/** What is done to a journal; `pick` chooses an execution of those that there are. */
type Move =
  | { readonly kind: 'start'; readonly pipeline: string; readonly priority: number }
  | { readonly kind: 'add'; readonly pick: number; readonly body: EventBody }
  | { readonly kind: 'read'; readonly pick: number; readonly after: number | undefined }
  | { readonly kind: 'list'; readonly pick: number | undefined; readonly filter: ListFilter };

const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ kind: fc.constant('start' as const), pipeline, priority: fc.nat(3) }),
  fc.record({ kind: fc.constant('add' as const), pick: fc.nat(), body: middle }),
  fc.record({ kind: fc.constant('add' as const), pick: fc.nat(), body: last }),
  fc.record({
    kind: fc.constant('read' as const),
    pick: fc.nat(),
    after: optional(fc.nat(4)),
  }),
  fc.record({
    kind: fc.constant('list' as const),
    pick: optional(fc.nat()),
    filter: fc
      .record({
        status: optional(fc.constantFrom(...EXECUTION_STATUSES)),
        pipeline: optional(pipeline),
        limit: optional(fc.integer({ min: 1, max: 5 })),
      })
      .map(defined),
  }),
);

function defined(filter: Record<string, unknown>): ListFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

/** One of a list by any number; an unknown id when the list is empty. */
function chosen(ids: readonly string[], pick: number): string {
  return ids[pick % Math.max(1, ids.length)] ?? 'unknown';
}

async function play(journal: Journal, naive: NaiveJournal, step: Move): Promise<void> {
  switch (step.kind) {
    case 'start':
      await journal.append([naive.start(step.pipeline, step.priority)]);
      break;
    case 'add':
      if (naive.live.length > 0) {
        await journal.append([naive.add(chosen(naive.live, step.pick), step.body)]);
      }
      break;
    case 'read': {
      const id = chosen(naive.all, step.pick);
      expect(await journal.read(id, step.after)).toEqual(naive.read(id, step.after));
      expect(await journal.get(id)).toEqual(naive.get(id));
      break;
    }
    default: {
      const { pick, filter } = step;
      const key = pick === undefined ? {} : { before: chosen(naive.all, pick) };
      const asked = { ...filter, ...key };
      expect(await journal.list(asked)).toEqual(naive.list(asked));
    }
  }
}

/** The journal answers as the naive one does, whatever is done to it. */
export async function expectLikeNaive(
  create: (retain: number) => Journal,
  retain: fc.Arbitrary<number>,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      fc.array(move, { maxLength: 60, size: 'max' }),
      retain,
      async (moves, keep) => {
        const journal = create(keep);
        const naive = new NaiveJournal(keep);
        for (const step of moves) await play(journal, naive, step);
        expect(await journal.list({ limit: 1_000 })).toEqual(naive.list({ limit: 1_000 }));
        for (const id of naive.all) expect(await journal.read(id)).toEqual(naive.read(id));
        await journal.close();
      },
    ),
    { numRuns: 200 },
  );
}

async function pages(journal: Journal, filter: ListFilter): Promise<ExecutionSummary[]> {
  const found: ExecutionSummary[] = [];
  for (;;) {
    const before = found.at(-1)?.id;
    const page = await journal.list({ ...filter, ...(before !== undefined && { before }) });
    if (page.length === 0) return found;
    found.push(...page);
  }
}

/** What every adapter of the journal port must do. */
export function journalContract(name: string, create: () => Journal): void {
  describe(`${name} as a journal`, () => {
    let journal: Journal;
    let naive: NaiveJournal;

    beforeEach(() => {
      journal = create();
      naive = new NaiveJournal();
    });

    afterEach(() => journal.close());

    const start = async (of = 'audit') => {
      const event = naive.start(of, 0);
      await journal.append([event]);
      return event.executionId;
    };

    it('keeps the events of an execution, in order, each with all its fields', async () => {
      const events: ExecutionEvent[] = [naive.start('audit', 7)];
      const id = (events[0] as ExecutionEvent).executionId;
      events.push(naive.add(id, { type: 'step.started', step: 's' }));
      events.push(naive.add(id, { type: 'step.completed', step: 's', output: { deep: [1] } }));
      await journal.append(events);
      expect(await journal.read(id)).toEqual(events);
      expect(await journal.read(id, 2)).toEqual(events.slice(2));
      expect(await journal.read(id, 3)).toEqual([]);
    });

    it('keeps executions apart', async () => {
      const [one, other] = [await start(), await start('digest')];
      await journal.append([naive.add(other, { type: 'execution.paused' })]);
      expect(await journal.read(one)).toHaveLength(1);
      expect(await journal.read(other)).toHaveLength(2);
    });

    it('knows nothing of an execution that was never started', async () => {
      await start();
      expect(await journal.read('unknown')).toEqual([]);
      expect(await journal.get('unknown')).toBeUndefined();
      expect(await journal.list({ pipeline: 'unknown' })).toEqual([]);
    });

    it('sums an execution up: running since its start, then what its last event says', async () => {
      const id = await start();
      expect(await journal.get(id)).toEqual({
        id,
        pipeline: 'audit',
        status: 'running',
        priority: 0,
        startedAt: 1,
      });
      await journal.append([naive.add(id, { type: 'execution.failed', error })]);
      expect(await journal.get(id)).toEqual({
        id,
        pipeline: 'audit',
        status: 'failed',
        priority: 0,
        startedAt: 1,
        endedAt: 2,
      });
    });

    it('lists the newest first, at most 100 unless it is told', async () => {
      for (let i = 0; i < 105; i++) await start();
      const ids = (await journal.list({})).map(({ id }) => id);
      expect(ids).toEqual([...naive.all].reverse().slice(0, 100));
      expect(await journal.list({ limit: 3 })).toHaveLength(3);
    });

    it('lists page by page what it lists at once', async () => {
      const filters = fc.record({
        pipeline: optional(pipeline),
        limit: fc.integer({ min: 1, max: 7 }),
      });
      for (let i = 0; i < 23; i++) await start(i % 3 === 0 ? 'digest' : 'audit');
      await fc.assert(
        fc.asyncProperty(filters.map(defined), async (filter) => {
          expect(await pages(journal, filter)).toEqual(naive.list({ ...filter, limit: 1_000 }));
        }),
        { numRuns: 50 },
      );
    });

    it('goes on with the next page where the last one ended, whatever came meanwhile', async () => {
      for (let i = 0; i < 6; i++) await start();
      const first = await journal.list({ limit: 3 });
      const before = first.at(-1)?.id as string;
      await start();
      const second = await journal.list({ limit: 3, before });
      expect([...first, ...second].map(({ id }) => id)).toEqual([...naive.all].reverse().slice(1));
    });

    it('answers as a naive one does', async () => {
      await expectLikeNaive(create, fc.constant(Number.POSITIVE_INFINITY));
    });
  });
}
