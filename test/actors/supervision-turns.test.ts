import { describe, expect, it } from 'vitest';
import type { StartChild } from '../../actors/child.ts';
import { Supervisor, type SupervisorOptions } from '../../actors/supervisor.ts';
import { type RuntimeEvent, SHUTDOWN, TroupeError } from '../../src/model/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import { statuses } from './supervision-stage.ts';

/** Who waits for whom: starts that hang, and commands given before the ones before are through. */

/** Children whose starts and stops take as long as the test wants. */
class Slow {
  readonly clock = new VirtualClock();
  readonly events: RuntimeEvent[] = [];
  readonly log: string[] = [];
  readonly #exits = new Map<string, () => void>();
  readonly #held = new Map<string, Held>();

  /** From now on a start, or a stop, hangs. */
  hold(what: `${'start' | 'stop'} ${string}`): void {
    this.#held.set(what, new Held());
  }

  /** @param error what it fails with; without, it goes on */
  async release(what: string, error?: Error): Promise<void> {
    const held = this.#held.get(what);
    this.#held.delete(what);
    held?.settle(error);
    await this.clock.advance(0);
  }

  spec(id: string) {
    const start: StartChild = async ({ exited, signal }) => {
      this.log.push(`start ${id}`);
      await Promise.race([this.#held.get(`start ${id}`)?.promise, aborted(signal)]);
      this.#exits.set(id, () => exited({ kind: 'error', error: new Error('crash') }));
      const stop = async () => {
        await this.#held.get(`stop ${id}`)?.promise;
        this.log.push(`stop ${id}`);
        exited(SHUTDOWN);
      };
      return { stop: () => void stop(), kill: () => exited({ kind: 'killed' }) };
    };
    return { id, start };
  }

  supervisor(options: Partial<SupervisorOptions> = {}): Supervisor {
    const { clock, events } = this;
    const sink = { publish: (event: RuntimeEvent) => void events.push(event) };
    const environment = { clock, random: { next: () => 0.5 }, sink };
    const intensity = { intensity: 10, period: 1_000 };
    const strategy = 'one_for_one';
    return new Supervisor({ id: 'sup', strategy, intensity, ...environment, ...options });
  }

  async started(strategy: 'one_for_one' | 'one_for_all' | 'rest_for_one'): Promise<Supervisor> {
    const children = ['a', 'b', 'c'].map((id) => this.spec(id));
    const supervisor = this.supervisor({ strategy, children });
    await supervisor.start();
    this.log.length = 0;
    return supervisor;
  }

  reports(kind: string): readonly string[] {
    return this.events.flatMap((event) =>
      event.type === 'supervisor.report' && event.context === kind ? [event.offender.id] : [],
    );
  }

  async crash(id: string): Promise<void> {
    this.#exits.get(id)?.();
    await this.clock.advance(0);
  }
}

class Held {
  settle: (error?: Error) => void = () => {};
  readonly promise = new Promise<void>((resolve, reject) => {
    this.settle = (error) => (error === undefined ? resolve() : reject(error));
  });
}

/** Rejects when the start is given up, and never otherwise. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function outcome(doing: Promise<unknown>): Promise<string> {
  try {
    await doing;
    return 'done';
  } catch (error) {
    return TroupeError.is(error) ? error.code : String(error);
  }
}

describe('supervision of independent children, one of which hangs as it starts', () => {
  it('starts, restarts, terminates and deletes the others meanwhile', async () => {
    const stage = new Slow();
    const supervisor = await stage.started('one_for_one');
    stage.hold('start a');
    await stage.crash('a');

    await stage.crash('b');
    await supervisor.startChild(stage.spec('d'));
    await supervisor.terminateChild('c');
    await supervisor.deleteChild('c');
    await supervisor.terminateChild('d');
    await supervisor.restartChild('d');
    expect(statuses(supervisor)).toEqual({ a: 'starting', b: 'running', d: 'running' });

    await stage.release('start a');
    expect(statuses(supervisor)).toEqual({ a: 'running', b: 'running', d: 'running' });
  });

  it('stops all the same: every start that hangs is given up', async () => {
    const stage = new Slow();
    const supervisor = await stage.started('one_for_one');
    for (const id of ['a', 'b']) {
      stage.hold(`start ${id}`);
      await stage.crash(id);
    }
    stage.hold('start d');
    const adding = outcome(supervisor.startChild(stage.spec('d')));
    await stage.clock.advance(0);
    supervisor.stop();
    expect(await supervisor.ended).toEqual(SHUTDOWN);
    expect(await adding).toBe('InvalidState');
    expect(statuses(supervisor)).toEqual({ a: 'stopped', b: 'stopped', c: 'stopped' });
    expect(stage.clock.pending).toBe(0);
  });

  it('adds one of an id that is just being added only if that one does not start', async () => {
    for (const [error, answers] of [
      [undefined, ['done', 'AlreadyStarted']],
      [new Error('no'), ['StartFailed', 'done']],
    ] as const) {
      const stage = new Slow();
      const supervisor = await stage.started('one_for_one');
      stage.hold('start d');
      const adding = [1, 2].map(() => outcome(supervisor.startChild(stage.spec('d'))));
      await stage.clock.advance(0);
      await stage.release('start d', error);
      expect(await Promise.all(adding)).toEqual(answers);
      expect(statuses(supervisor).d).toBe('running');
    }
  });
});

describe('supervision of a group, one of which hangs as it starts', () => {
  /** `b` is starting again, `c` waits for it. */
  async function hanging(): Promise<{ stage: Slow; supervisor: Supervisor }> {
    const stage = new Slow();
    const supervisor = await stage.started('rest_for_one');
    stage.hold('start b');
    await stage.crash('b');
    expect(statuses(supervisor)).toEqual({ a: 'running', b: 'starting', c: 'restarting' });
    return { stage, supervisor };
  }

  it('says at once what cannot be done', async () => {
    const { supervisor, stage } = await hanging();
    expect(await outcome(supervisor.startChild(stage.spec('a')))).toBe('AlreadyStarted');
    expect(await outcome(supervisor.restartChild('a'))).toBe('ChildRunning');
    expect(await outcome(supervisor.deleteChild('a'))).toBe('ChildRunning');
    expect(await outcome(supervisor.restartChild('c'))).toBe('ChildRestarting');
    expect(await outcome(supervisor.deleteChild('c'))).toBe('ChildRestarting');
  });

  it('terminates any of them meanwhile', async () => {
    const { supervisor, stage } = await hanging();
    await supervisor.terminateChild('a');
    await supervisor.terminateChild('c');
    expect(statuses(supervisor)).toEqual({ a: 'stopped', b: 'starting', c: 'stopped' });
    await stage.release('start b');
    expect(statuses(supervisor)).toEqual({ a: 'stopped', b: 'running', c: 'stopped' });
  });

  it('goes on with the others when that one is terminated', async () => {
    const { supervisor } = await hanging();
    await supervisor.terminateChild('b');
    expect(statuses(supervisor)).toEqual({ a: 'running', b: 'stopped', c: 'running' });
  });

  it('starts what is new after what is under way, in order', async () => {
    const { supervisor, stage } = await hanging();
    const adding = supervisor.startChild(stage.spec('d'));
    await stage.clock.advance(0);
    expect(statuses(supervisor)).not.toHaveProperty('d');
    await stage.release('start b');
    await adding;
    expect(stage.log).toEqual(['stop c', 'start b', 'start c', 'start d']);
  });

  it('leaves one down that is terminated as the group stops it', async () => {
    const stage = new Slow();
    const supervisor = await stage.started('one_for_all');
    stage.hold('stop c');
    await stage.crash('a');
    const terminating = supervisor.terminateChild('c');
    await stage.release('stop c');
    await terminating;
    await stage.clock.advance(0);
    expect(stage.log).toEqual(['stop c', 'stop b', 'start a', 'start b']);
    expect(statuses(supervisor)).toEqual({ a: 'running', b: 'running', c: 'stopped' });
  });
});

describe.each(['one_for_one', 'one_for_all'] as const)('supervision, %s: commands', (strategy) => {
  it('take effect in the order in which they are given', async () => {
    const stage = new Slow();
    const supervisor = await stage.started(strategy);
    const outcomes = await Promise.all([
      outcome(supervisor.terminateChild('a')),
      outcome(supervisor.restartChild('a')),
      outcome(supervisor.terminateChild('a')),
      outcome(supervisor.deleteChild('a')),
      outcome(supervisor.startChild(stage.spec('a'))),
    ]);
    expect(outcomes).toEqual(['done', 'InvalidState', 'done', 'done', 'done']);
    expect(statuses(supervisor)).toEqual({ b: 'running', c: 'running', a: 'running' });
    expect(stage.log).toEqual(['stop a', 'start a']);
  });

  it('wait for a stop that is under way with the same child', async () => {
    const stage = new Slow();
    const supervisor = await stage.started(strategy);
    stage.hold('stop b');
    const commands = [supervisor.terminateChild('b'), supervisor.terminateChild('b')];
    const restarted = supervisor.restartChild('b');
    await stage.clock.advance(0);
    expect(stage.log).toEqual([]);
    await stage.release('stop b');
    await Promise.all([...commands, restarted]);
    expect(stage.log).toEqual(['stop b', 'start b']);
  });

  it('are all answered, however many come while one is being stopped', async () => {
    const stage = new Slow();
    const supervisor = await stage.started(strategy);
    stage.hold('stop b');
    const terminating = supervisor.terminateChild('b');
    const starts = [1, 2, 3].map(() => outcome(supervisor.startChild(stage.spec('b'))));
    await stage.clock.advance(0);
    await stage.release('stop b');
    await terminating;
    const present = ['AlreadyPresent', 'AlreadyPresent', 'AlreadyPresent'];
    expect(await Promise.all(starts)).toEqual(present);
  });

  it('may end a child as the supervisor starts: the others start', async () => {
    const stage = new Slow();
    stage.hold('start a');
    const children = ['a', 'b', 'c'].map((id) => stage.spec(id));
    const supervisor = stage.supervisor({ strategy, children });
    const started = supervisor.start();
    await stage.clock.advance(0);
    const adding = supervisor.startChild(stage.spec('d'));
    await supervisor.terminateChild('c');
    await supervisor.terminateChild('a');
    await started;
    await adding;
    const ids = { a: 'stopped', b: 'running', c: 'stopped', d: 'running' };
    expect(statuses(supervisor)).toEqual(ids);
  });
});

describe('supervision of a group whose members end together', () => {
  it.each(['one_for_all', 'rest_for_one'] as const)(
    '%s starts them all again',
    async (strategy) => {
      const stage = new Slow();
      const backOff = { initial: 100, jitter: 'none' } as const;
      const [a, b] = ['a', 'b'].map((id) => stage.spec(id));
      const children = [{ ...a, backOff }, b] as SupervisorOptions['children'];
      const supervisor = stage.supervisor({ strategy, children });
      await supervisor.start();
      await Promise.all(['a', 'b'].map((id) => stage.crash(id)));
      await stage.clock.advance(100);
      expect(statuses(supervisor)).toEqual({ a: 'running', b: 'running' });
    },
  );
});

describe('supervision of a group whose members fail of one cause', () => {
  it('counts one restart for all whom the first one takes along', async () => {
    const stage = new Slow();
    const children = ['a', 'b', 'c', 'd', 'e'].map((id) => stage.spec(id));
    const intensity = { intensity: 1, period: 1_000 };
    const supervisor = stage.supervisor({ strategy: 'one_for_all', intensity, children });
    await supervisor.start();
    await Promise.all(['c', 'a', 'e', 'b', 'd'].map((id) => stage.crash(id)));
    await stage.clock.advance(0);
    expect(new Set(Object.values(statuses(supervisor)))).toEqual(new Set(['running']));
    expect(supervisor.restartsLeft).toBe(0);
    expect(stage.reports('child_terminated')).toEqual(['c']);
    expect(stage.reports('shutdown_error')).toEqual(['a', 'e', 'b', 'd']);
  });

  it('counts each of those who fail in the reverse order of their start, as in OTP', async () => {
    const stage = new Slow();
    const children = ['a', 'b', 'c'].map((id) => stage.spec(id));
    const supervisor = stage.supervisor({ strategy: 'rest_for_one', children });
    await supervisor.start();
    await Promise.all(['c', 'b', 'a'].map((id) => stage.crash(id)));
    await stage.clock.advance(0);
    expect(supervisor.restartsLeft).toBe(7);
  });

  it('restarts them for themselves when the first one is terminated before its turn', async () => {
    const stage = new Slow();
    const children = ['a', 'b', 'c'].map((id) => stage.spec(id));
    const supervisor = stage.supervisor({ strategy: 'one_for_all', children });
    await supervisor.start();
    const crashes = ['a', 'b'].map((id) => stage.crash(id));
    await Promise.all([supervisor.terminateChild('a'), ...crashes]);
    await stage.clock.advance(0);
    expect(statuses(supervisor)).toMatchObject({ b: 'running', c: 'running' });
    expect(supervisor.restartsLeft).toBe(8);
  });
});

describe('supervision of a group with gates', () => {
  it('waits at each gate that is shut, with all that come after it', async () => {
    const stage = new Slow();
    const told: string[] = [];
    let isShut = true;
    const gate = {
      admit: () =>
        isShut
          ? { retryAfter: 50 }
          : { retryAfter: 0, settle: (outcome: string) => void told.push(outcome) },
    };
    const [a, b, c] = ['a', 'b', 'c'].map((id) => stage.spec(id));
    const children = [a, { ...b, gate }, c] as SupervisorOptions['children'];
    const supervisor = stage.supervisor({ strategy: 'one_for_all', children });
    await supervisor.start();
    await stage.crash('a');
    expect(statuses(supervisor)).toEqual({ a: 'running', b: 'restarting', c: 'restarting' });
    await stage.clock.advance(50);
    expect(statuses(supervisor)).toEqual({ a: 'running', b: 'restarting', c: 'restarting' });
    isShut = false;
    await stage.clock.advance(50);
    expect(statuses(supervisor)).toEqual({ a: 'running', b: 'running', c: 'running' });
    expect(told).toEqual(['success']);
  });

  it('asks the gate once where nothing else has to be waited for', async () => {
    const stage = new Slow();
    const told: string[] = [];
    const gate = {
      admit: () => ({ retryAfter: 0, settle: (outcome: string) => void told.push(outcome) }),
    };
    const supervisor = stage.supervisor({ children: [{ ...stage.spec('a'), gate }] });
    await supervisor.start();
    await stage.crash('a');
    expect(told).toEqual(['success']);
  });
});
