import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createRuntime,
  definePipeline,
  type ExecutionEvent,
  type Journal,
  MemoryJournal,
  type RuntimeOptions,
  taskModule,
} from '../../src/index.ts';
import { openGate } from '../http/fixtures/gate.ts';
import { gate } from '../support/gate.ts';
import { rejection } from '../support/rejection.ts';
import { simulate } from './simulated.ts';

/** What becomes of executions for which there is no room. */

/** A runtime in which each task ends when the test says so; one runs at a time. */
async function full(options: RuntimeOptions & { workers?: number } = {}) {
  const gates = new Map<unknown, ReturnType<typeof gate<void>>>();
  const begun: unknown[] = [];
  const hold = (input: unknown) => {
    begun.push(input);
    const held = gate<void>();
    gates.set(input, held);
    return held.passed.then(() => input);
  };
  const { runtime, clock, steps } = await simulate(
    { hold },
    { workers: 1, maxExecutions: 2, ...options },
  );
  const run = (name: string, priority = 0, signal?: AbortSignal) => {
    const ran = runtime.run(steps.hold, name, { priority, ...(signal && { signal }) });
    ran.catch(() => {});
    return ran;
  };
  const end = (name: string) => gates.get(name)?.open();
  /** Runs them, and leaves them to themselves. */
  const runAll = (names: string, priority = 0) => {
    for (const name of names.split(' ')) void run(name, priority);
  };
  const over = async () => {
    const down = runtime.shutdown({ timeout: 10 });
    await clock.advance(10);
    await down;
  };
  return { runtime, clock, steps, run, runAll, end, begun, [Symbol.asyncDispose]: over };
}

describe('an execution for which there is no room', () => {
  it('is turned away, and told when there should be room', async () => {
    await using scene = await full();
    const { run, runAll, end, clock } = scene;
    const [first, second] = [run('a'), run('b')];
    const refused = await rejection(run('c'), 'Overloaded');
    expect(refused.details).toEqual({ limit: 2, retryAfter: 1_000 });
    await clock.advance(30);
    end('a');
    await first;
    await clock.advance(0);
    runAll('d');
    expect((await rejection(run('e'), 'Overloaded')).details).toEqual({ limit: 2, retryAfter: 30 });
    end('b');
    await second;
  });
});

describe('an execution that waits to be accepted', () => {
  const waits = { admission: { overflow: 'wait', maxWaiting: 3 }, schedule: { aging: 0 } } as const;

  it('is accepted when another has ended, by priority and in order', async () => {
    await using scene = await full(waits);
    const { runAll, end, begun, clock, runtime } = scene;
    runAll('a b c');
    runAll('high', 5);
    runAll('d');
    await clock.advance(0);
    expect([...(await runtime.query.list({}))].length).toBe(2);
    for (const name of ['a', 'b', 'high', 'c']) {
      expect(begun.at(-1)).toBe(name);
      end(name);
      await clock.advance(0);
    }
    expect(begun).toEqual(['a', 'b', 'high', 'c', 'd']);
    end('d');
  });

  it('is one of so many; one more is turned away', async () => {
    await using scene = await full(waits);
    const { run, runAll } = scene;
    runAll('a b c d e');
    await rejection(run('f'), 'Overloaded');
  });

  it("waits no longer when its signal aborts, and takes nobody else's place", async () => {
    await using scene = await full(waits);
    const { run, runAll, end, begun, clock } = scene;
    const controller = new AbortController();
    runAll('a');
    runAll('b');
    const left = run('left', 9, controller.signal);
    runAll('c');
    controller.abort('enough');
    expect((await rejection(left, 'ExecutionCancelled')).message).toContain('enough');
    end('a');
    await clock.advance(0);
    end('b');
    await clock.advance(0);
    expect(begun).toEqual(['a', 'b', 'c']);
    end('c');
  });

  it('is cancelled also when its signal aborts just as it is accepted', async () => {
    await using scene = await full({ ...waits, maxExecutions: 1 });
    const { run, runAll, end, begun, clock } = scene;
    const controller = new AbortController();
    const first = run('a');
    const left = run('left', 9, controller.signal);
    runAll('c');
    await clock.advance(0);
    void first.then(() => controller.abort('enough'));
    end('a');
    await rejection(left, 'ExecutionCancelled');
    await clock.advance(0);
    expect(begun.at(-1)).toBe('c');
    end('c');
  });

  it('is told when the runtime takes nothing any more', async () => {
    const scene = await full(waits);
    const { run, runAll, runtime, end, clock } = scene;
    runAll('a b');
    const waiting = run('c');
    const down = runtime.shutdown();
    await rejection(waiting, 'RuntimeClosed');
    end('a');
    await clock.advance(0);
    end('b');
    await clock.advance(0);
    await down;
  });
});

describe('an execution that takes the place of another', () => {
  const sheds = { admission: { overflow: 'shed' }, maxExecutions: 4 } as const;

  it('takes that of the lowest priority, and there of what came last', async () => {
    await using scene = await full(sheds);
    const { run, runAll, clock, begun, end } = scene;
    runAll('running');
    await clock.advance(0);
    const [keep, old, young] = [run('keep', 1), run('old'), run('young')];
    runAll('high', 5);
    const { details, message } = await rejection(young, 'Overloaded');
    expect(details).toMatchObject({ limit: 4, retryAfter: 1_000 });
    expect(message).toContain('made room');
    runAll('higher', 6);
    await rejection(old, 'Overloaded');
    for (const name of ['running', 'higher', 'high']) {
      await clock.advance(0);
      end(name);
    }
    await clock.advance(0);
    end('keep');
    expect(await keep).toBe('keep');
    expect(begun).toEqual(['running', 'higher', 'high', 'keep']);
  });

  it('takes it also when all come in one turn', async () => {
    expect(await acceptedOf(Array.from({ length: 16 }, (_, priority) => priority))).toEqual([
      12, 13, 14, 15,
    ]);
  });

  it.each([
    ['in memory', () => new MemoryJournal()],
    ['that takes its time', () => new SlowJournal()],
  ])(
    'leaves those that matter most, and of equals the first, with a journal %s',
    (_, journalOf) => {
      const priorities = fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 24 });
      return fc.assert(
        fc.asyncProperty(priorities, async (given) => {
          const best = [...given.keys()].sort(
            (a, b) => (given[b] as number) - (given[a] as number) || a - b,
          );
          const expected = best.slice(0, 4).sort((a, b) => a - b);
          expect(await acceptedOf(given, journalOf())).toEqual(expected);
        }),
        { numRuns: 50 },
      );
    },
  );

  it('is turned away when all that is less important has begun', async () => {
    await using scene = await full(sheds);
    const { run, runAll, clock, end } = scene;
    runAll('running', -5);
    await clock.advance(0);
    runAll('a b c', 3);
    await rejection(run('equal', 3), 'Overloaded');
    await rejection(run('less', -9), 'Overloaded');
    for (const name of ['running', 'a', 'b', 'c']) {
      end(name);
      await clock.advance(0);
    }
  });

  it('spares one that waits again after some of it was done', async () => {
    await using scene = await full({ ...sheds, maxExecutions: 2 });
    const { run, runAll, clock, steps, runtime, end } = scene;
    const twice = definePipeline({
      id: 'twice',
      steps: {
        first: { task: steps.hold, input: () => 'first' },
        next: { task: steps.hold, needs: ['first'], input: () => 'next' },
      },
    });
    const begun = await runtime.start(twice, undefined, { priority: -1 });
    await clock.advance(0);
    runAll('other');
    await clock.advance(0);
    end('first');
    await clock.advance(0);
    // Its second step waits behind what is more important.
    await rejection(run('high', 9), 'Overloaded');
    expect(begun.status).toBe('running');
    end('other');
    await clock.advance(0);
    end('next');
    await begun.result();
  });
});

/** Nothing is recorded before the turn is over. */
class SlowJournal extends MemoryJournal {
  override append(events: readonly ExecutionEvent[]): Promise<void> {
    return Promise.resolve().then(() => super.append(events));
  }
}

/** Which are accepted of executions of these priorities that come in one turn, where four may be under way. */
async function acceptedOf(
  priorities: readonly number[],
  journal: Journal = new MemoryJournal(),
): Promise<number[]> {
  const options = { admission: { overflow: 'shed' }, maxExecutions: 4, journal } as const;
  const { runtime, clock, steps } = await simulate({ echo: (input) => input }, options);
  const ran = await Promise.allSettled(
    priorities.map((priority, index) => runtime.run(steps.echo, index, { priority, timeout: 50 })),
  );
  await runtime.shutdown();
  expect(clock.pending).toBe(0);
  return ran.flatMap((each) => {
    if (each.status === 'fulfilled') return [each.value as number];
    expect(each.reason).toMatchObject({ code: 'Overloaded' });
    return [];
  });
}

const held = taskModule<typeof import('./fixtures/held.ts')>(
  'held',
  new URL('./fixtures/held.ts', import.meta.url),
);

describe('shedding', () => {
  it('finds what waits in front of real threads', async () => {
    await using waiting = await openGate();
    const admission = { overflow: 'shed' } as const;
    const options = { tasks: [held], threads: 1, maxExecutions: 2, admission };
    await using runtime = await createRuntime(options);
    const { port } = waiting;
    const first = runtime.run(held.wait, { port });
    const parked = await waiting.next();
    const second = runtime.run(held.wait, { port });
    const third = runtime.run(held.pass, undefined, { priority: 1 });
    await rejection(second, 'Overloaded');
    parked.release('on');
    await Promise.all([first, third]);
  });
});

describe('the option admission', () => {
  it.each([
    ['admission', 5],
    ['admission.overflow', { overflow: 'drop' }],
    ['admission.maxWaiting', { maxWaiting: -1 }],
    ['admission.max', { max: 1 }],
  ])('is refused for a wrong %s', async (field, admission) => {
    const made = createRuntime({ admission: admission as never });
    expect((await rejection(made, 'InvalidOption')).details).toMatchObject({ field });
  });
});
