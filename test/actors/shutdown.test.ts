import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Shutdown, type ShutdownTask } from '../../actors/shutdown.ts';
import { resolveShutdownPhases, type ShutdownPhases } from '../../src/model/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import { thrown } from '../support/thrown.ts';

const OWN = ['not_ready', 'draining', 'aborting', 'terminating', 'closing'];

function setUp(phases: ShutdownPhases = {}, zombies?: () => number) {
  const clock = new VirtualClock();
  const plan = resolveShutdownPhases(phases);
  const shutdown = new Shutdown({ clock, plan, ...(zombies && { zombies }) });
  const log: string[] = [];
  /** A task that takes so long, whether it is aborted or not; each step of it is in the log. */
  const takes =
    (name: string, ms: number): ShutdownTask =>
    ({ signal }) => {
      log.push(`${clock.now()} ${name}`);
      signal.addEventListener('abort', () => log.push(`${clock.now()} abort ${name}`));
      return new Promise<void>((resolve) => {
        if (ms !== Number.POSITIVE_INFINITY) clock.setTimeout(resolve, ms);
      });
    };
  return { clock, shutdown, log, takes };
}

describe('a shutdown', () => {
  it('does each phase’s tasks side by side, and the next phase’s when all are through', async () => {
    const { clock, shutdown, log, takes } = setUp();
    shutdown.add('draining', 'a', takes('a', 100));
    shutdown.add('draining', 'b', takes('b', 300));
    shutdown.add('closing', 'c', takes('c', 50));
    expect(shutdown.status).toBe('running');
    const ended = shutdown.begin('test', 10_000);
    expect(shutdown.status).toBe('stopping');
    await clock.advance(1_000);
    expect(log).toEqual(['0 a', '0 b', '300 c']);
    expect(shutdown.status).toBe('stopped');
    expect(await ended).toEqual({
      ...{ reason: 'test', elapsed: 350, overran: [], errors: [], skipped: [], zombies: 0 },
    });
    expect(clock.pending).toBe(0);
  });

  it('begins its first phase at once, in the caller’s turn', () => {
    const { shutdown, log, takes } = setUp();
    shutdown.add('not_ready', 'intake', takes('intake', 0));
    void shutdown.begin('test', 100);
    expect(log).toEqual(['0 intake']);
  });

  it('goes on when the time of a phase is up, and says who overran', async () => {
    const { clock, shutdown, log, takes } = setUp({ draining: { timeout: 200 } });
    shutdown.add('draining', 'slow', takes('slow', Number.POSITIVE_INFINITY));
    shutdown.add('draining', 'quick', takes('quick', 10));
    shutdown.add('draining', 'late', takes('late', 500));
    shutdown.add('aborting', 'next', takes('next', 10));
    const ended = shutdown.begin('test', 10_000);
    await clock.advance(10_000);
    expect(log).toContain('200 next');
    expect(log.filter((line) => line.includes('abort')).sort()).toEqual([
      '200 abort late',
      '200 abort quick',
      '200 abort slow',
    ]);
    expect(await ended).toMatchObject({
      elapsed: 210,
      overran: [
        { phase: 'draining', task: 'slow' },
        { phase: 'draining', task: 'late' },
      ],
      errors: [],
    });
  });

  it('ends at its deadline though every task hangs, each phase with its share', async () => {
    const { clock, shutdown, log, takes } = setUp();
    for (const phase of OWN) shutdown.add(phase, 'hang', takes(phase, Number.POSITIVE_INFINITY));
    const ended = shutdown.begin('test', 11_000);
    await clock.advance(11_000);
    const report = await ended;
    expect(report.elapsed).toBe(11_000);
    expect(report.overran).toEqual(OWN.map((phase) => ({ phase, task: 'hang' })));
    const begun = log.filter((line) => !line.includes(' abort '));
    expect(begun.map((line) => Math.round(Number.parseFloat(line)))).toEqual([
      ...[0, 1_000, 7_000, 9_000, 10_400],
    ]);
  });

  it('never exceeds its deadline, and loses no task, whatever each does', async () => {
    const task = fc.record({
      phase: fc.constantFrom(...OWN, 'flush'),
      ms: fc.integer({ min: 0, max: 400 }),
      fate: fc.constantFrom('ends', 'fails', 'hangs'),
    });
    const tasks = fc.array(task, { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(tasks, fc.integer({ min: 1, max: 1_000 }), async (drawn, timeout) => {
        const { clock, shutdown } = setUp({
          flush: { dependsOn: ['draining'], timeout: 100 },
          terminating: { dependsOn: ['flush'] },
        });
        /** By task: `hangs` from its begin until it has ended otherwise. */
        const fates: string[] = [];
        drawn.forEach(({ phase, ms, fate }, i) => {
          shutdown.add(
            phase,
            `t${i}`,
            () =>
              new Promise<void>((resolve, reject) => {
                fates[i] = 'hangs';
                if (fate === 'hangs') return;
                clock.setTimeout(() => {
                  fates[i] = fate;
                  if (fate === 'ends') resolve();
                  else reject(new Error(fate));
                }, ms);
              }),
          );
        });
        const ended = shutdown.begin('test', timeout);
        await clock.advance(timeout);
        expect(shutdown.status).toBe('stopped');
        const report = await ended;
        expect(report.elapsed).toBeLessThanOrEqual(timeout);
        const named = (items: readonly { phase: string; task: string }[]) =>
          new Set(items.map(({ phase, task }) => `${phase} ${task}`));
        const [overran, failed] = [named(report.overran), named(report.errors)];
        const wrong = drawn.filter(({ phase }, i) => {
          const [fate, name] = [fates[i], `${phase} t${i}`];
          if (fate === 'ends') return failed.has(name);
          // What fails after its phase may be too late for the report's errors.
          return fate === 'fails' ? !failed.has(name) && !overran.has(name) : !overran.has(name);
        });
        expect(wrong).toEqual([]);
        expect(Object.keys(fates)).toHaveLength(drawn.length);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps what a task throws or rejects with, and does the others', async () => {
    const { clock, shutdown, log, takes } = setUp();
    const [one, two] = [new Error('one'), new Error('two')];
    shutdown.add('draining', 'throws', () => {
      throw one;
    });
    shutdown.add('draining', 'rejects', () => Promise.reject(two));
    shutdown.add('draining', 'good', takes('good', 10));
    shutdown.add('closing', 'last', takes('last', 10));
    const ended = shutdown.begin('test', 1_000);
    await clock.advance(1_000);
    expect(log).toEqual(['0 good', '10 last']);
    expect((await ended).errors).toEqual([
      { phase: 'draining', task: 'throws', error: one },
      { phase: 'draining', task: 'rejects', error: two },
    ]);
  });

  it('takes it for no failure that a task ends because its time is up', async () => {
    const { clock, shutdown } = setUp();
    const late = new Error('late');
    const ending = (make: (signal: AbortSignal) => unknown): ShutdownTask => {
      return ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(make(signal)));
        });
    };
    shutdown.add(
      'draining',
      'heeds',
      ending(({ reason }) => reason),
    );
    shutdown.add(
      'draining',
      'breaks',
      ending(() => late),
    );
    const ended = shutdown.begin('test', 1_000);
    await clock.advance(1_000);
    const { overran, errors } = await ended;
    expect(overran.map(({ task }) => task)).toEqual(['heeds', 'breaks']);
    expect(errors).toEqual([{ phase: 'draining', task: 'breaks', error: late }]);
  });

  it('tells a task why, and how much time it has', async () => {
    const { clock, shutdown } = setUp({ draining: { timeout: 300 } });
    const seen: unknown[] = [];
    shutdown.add('draining', 'task', async (context) => {
      seen.push(context.reason, context.timeLeft, context.signal.aborted);
      await new Promise<void>((resolve) => {
        clock.setTimeout(resolve, 100);
      });
      seen.push(context.timeLeft);
    });
    void shutdown.begin('because', 10_000);
    await clock.advance(10_000);
    expect(seen).toEqual(['because', 300, false, 200]);
  });

  it('skips what comes after a phase that it cannot do without', async () => {
    const { clock, shutdown, log, takes } = setUp({
      flush: { dependsOn: ['draining'], recover: false },
      forget: { dependsOn: ['flush'] },
    });
    shutdown.add('flush', 'disk', () => Promise.reject(new Error('full')));
    shutdown.add('forget', 'spool', takes('spool', 0));
    shutdown.add('closing', 'threads', takes('threads', 0));
    const ended = shutdown.begin('test', 1_000);
    await clock.advance(1_000);
    expect(log).toEqual(['0 threads']);
    expect((await ended).skipped).toEqual(['forget']);
    thrown(() => shutdown.add('forget', 'more', () => {}), 'InvalidState');
  });

  it('counts the threads that live on when it is over', async () => {
    const { clock, shutdown } = setUp({}, () => clock.now());
    shutdown.add('closing', 'threads', () => new Promise(() => {}));
    const ended = shutdown.begin('test', 3);
    await clock.advance(3);
    expect((await ended).zombies).toBe(3);
  });
});

describe('a shutdown that is asked for again', () => {
  it('is joined: the first reason stays, and a later deadline changes nothing', async () => {
    const { clock, shutdown, log, takes } = setUp();
    shutdown.add('draining', 'hang', takes('hang', Number.POSITIVE_INFINITY));
    const first = shutdown.begin('first', 1_000);
    await clock.advance(100);
    const second = shutdown.begin('second', 60_000);
    expect(second).toBe(first);
    await clock.advance(900);
    expect(await second).toMatchObject({ reason: 'first', elapsed: 600 });
    expect(log).toEqual(['0 hang', '600 abort hang']);
    expect(shutdown.begin('third', 1)).toBe(first);
  });

  it('has less time when the later deadline is nearer, also in the phase under way', async () => {
    const { clock, shutdown, log, takes } = setUp();
    for (const phase of OWN.slice(1))
      shutdown.add(phase, 'hang', takes(phase, Number.POSITIVE_INFINITY));
    const ended = shutdown.begin('first', 60_000);
    await clock.advance(1_000);
    void shutdown.begin('second', 100);
    await clock.advance(100);
    expect(await ended).toMatchObject({ reason: 'first', elapsed: 1_100 });
    expect(log.slice(0, 2)).toEqual(['0 draining', '1060 abort draining']);
  });

  it('gives a phase no more time when it is to hurry though its end was near', async () => {
    const { clock, shutdown, log, takes } = setUp({ draining: { timeout: 100 } });
    shutdown.add('draining', 'hang', takes('hang', Number.POSITIVE_INFINITY));
    void shutdown.begin('first', 60_000);
    await clock.advance(90);
    void shutdown.begin('second', 30_000);
    await clock.advance(10);
    expect(log).toEqual(['0 hang', '100 abort hang']);
  });

  it('is one and the same when one of its own first tasks asks for it', async () => {
    const { clock, shutdown } = setUp();
    let inner: unknown;
    shutdown.add('not_ready', 'again', () => {
      inner = shutdown.begin('inner', 500);
    });
    const outer = shutdown.begin('outer', 1_000);
    await clock.advance(1_000);
    expect(inner).toBe(outer);
    expect((await outer).reason).toBe('outer');
  });
});

describe('a task', () => {
  it('can be taken out before its phase begins, and its name used again', async () => {
    const { clock, shutdown, log, takes } = setUp();
    const first = shutdown.add('closing', 'task', takes('first', 0));
    first[Symbol.dispose]();
    shutdown.add('closing', 'task', takes('second', 0));
    // It was taken out already, and must not take out the other.
    first[Symbol.dispose]();
    void shutdown.begin('test', 1_000);
    await clock.advance(1_000);
    expect(log).toEqual(['0 second']);
  });

  it('can be added to a later phase while the shutdown is under way, but to no other', async () => {
    const { clock, shutdown, log, takes } = setUp();
    const refused: unknown[] = [];
    shutdown.add('draining', 'first', () => {
      shutdown.add('aborting', 'second', takes('second', 0));
      for (const phase of ['not_ready', 'draining']) {
        refused.push(thrown(() => shutdown.add(phase, 'x', () => {}), 'InvalidState').details);
      }
    });
    void shutdown.begin('test', 1_000);
    await clock.advance(1_000);
    expect(log).toEqual(['0 second']);
    expect(refused).toMatchObject([
      { phase: 'not_ready', task: 'x', status: 'stopping' },
      { phase: 'draining', task: 'x', status: 'stopping' },
    ]);
    const error = thrown(() => shutdown.add('closing', 'x', () => {}), 'InvalidState');
    expect(error.details.status).toBe('stopped');
  });

  it.each<[string, unknown[], string]>([
    ['an unknown phase', ['nowhere', 'x', () => {}], 'phase'],
    ['an empty name', ['draining', '', () => {}], 'name'],
    ['a name that is no text', ['draining', 5, () => {}], 'name'],
    ['what is no function', ['draining', 'x', 'y'], 'task'],
  ])('is refused with %s', (_, args, field) => {
    const { shutdown } = setUp();
    const add = () => shutdown.add(...(args as Parameters<Shutdown['add']>));
    expect(thrown(add, 'InvalidOption').details.field).toBe(field);
  });

  it('cannot have the name of another of its phase', () => {
    const { shutdown } = setUp();
    shutdown.add('draining', 'x', () => {});
    thrown(() => shutdown.add('draining', 'x', () => {}), 'DuplicateId');
    shutdown.add('closing', 'x', () => {});
  });
});
