import fc from 'fast-check';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type AnyStateMachine, createActor, SimulatedClock, type Snapshot } from 'xstate';
import { compile } from '../../src/statechart/index.ts';
import { EVENTS, type Move, machineSpec, moves } from './machine-arbitrary.ts';
import { build, type Diary } from './machine-builder.ts';

/**
 * Compiled machines against stock ones, on machines and event sequences drawn at random. More cases:
 * TROUPE_DIFFERENTIAL_RUNS=1000000; a failure prints the seed to repeat it with.
 */
const RUNS = Number(process.env.TROUPE_DIFFERENTIAL_RUNS ?? 20_000);

/** Everything that can be seen of a machine while it is moved, as text. */
function observe(machine: AnyStateMachine, moves: readonly Move[], diary: Diary): Diary {
  const clock = recordingClock(diary);
  let actor = start(machine, clock, diary);
  for (const move of moves) {
    diary.push(`> ${JSON.stringify(move)}`);
    if (actor.getSnapshot().status !== 'active') break;
    if ('send' in move) actor.send({ type: move.send });
    else if ('wait' in move) clock.increment(move.wait);
    else {
      const persisted = persist(actor, diary);
      if (persisted !== undefined) {
        actor.stop();
        actor = start(machine, clock, diary, persisted);
      }
    }
    look(actor, diary);
  }
  persist(actor, diary);
  return diary;
}

type Actor = ReturnType<typeof createActor<AnyStateMachine>>;

function start(
  machine: AnyStateMachine,
  clock: SimulatedClock,
  diary: Diary,
  snapshot?: Snapshot<unknown>,
): Actor {
  const options = { clock, id: 'it', logger: () => {}, ...(snapshot && { snapshot }) };
  const actor = createActor(machine, options as never);
  actor.on('*', (event) => diary.push(`emitted ${JSON.stringify(event)}`));
  actor.subscribe({
    next: (next) => diary.push(`next ${JSON.stringify(next.value)} ${next.status}`),
    error: (error) => diary.push(`error ${messageOf(error)}`),
    complete: () => diary.push('complete'),
  });
  actor.start();
  look(actor, diary);
  return actor;
}

function look(actor: Actor, diary: Diary): void {
  const snapshot = actor.getSnapshot();
  const { value, context, status, output, error, tags, children, _nodes } =
    snapshot as typeof snapshot & {
      _nodes: { id: string }[];
    };
  const seen = {
    value,
    context,
    status,
    output,
    error: error === undefined ? undefined : messageOf(error),
    tags: [...tags],
    nodes: _nodes.map(({ id }) => id),
    children: Object.keys(children),
    matches: snapshot.matches(value),
    can: status === 'active' ? EVENTS.map((type) => can(snapshot, type)) : [],
  };
  diary.push(JSON.stringify(seen));
}

function can(snapshot: ReturnType<Actor['getSnapshot']>, type: string): boolean | string {
  try {
    return snapshot.can({ type });
  } catch (error) {
    return messageOf(error);
  }
}

function persist(actor: Actor, diary: Diary): Snapshot<unknown> | undefined {
  try {
    const text = JSON.stringify(actor.getPersistedSnapshot());
    diary.push(`persisted ${text}`);
    // An inline child cannot be persisted by name: such a snapshot is compared, not restored.
    return text.includes('"src":') ? undefined : JSON.parse(text);
  } catch (error) {
    diary.push(`not persisted: ${messageOf(error)}`);
    return undefined;
  }
}

function recordingClock(diary: Diary): SimulatedClock {
  const clock = new SimulatedClock();
  const { setTimeout, clearTimeout } = clock;
  clock.setTimeout = (fn, ms) => {
    diary.push(`armed ${ms}`);
    return setTimeout.call(clock, fn, ms);
  };
  clock.clearTimeout = (id) => {
    diary.push('cleared');
    clearTimeout.call(clock, id);
  };
  return clock;
}

/** Session ids count for the whole process and differ between the two. */
function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/x:\d+/g, 'x:_');
}

/** XState refuses some configurations when it is made; both must, and with the same words. */
function attempt(act: () => Diary): Diary {
  try {
    return act();
  } catch (error) {
    return [`refused: ${messageOf(error)}`];
  }
}

// XState warns of odd machines, and odd machines are what this is about.
beforeAll(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});

describe('a compiled machine', () => {
  it(`cannot be told from a stock one in ${RUNS} random lives`, () => {
    fc.assert(
      fc.property(machineSpec, moves, (spec, path) => {
        const stock = attempt(() => {
          const diary: Diary = [];
          return observe(build(spec, diary), path, diary);
        });
        const fast = attempt(() => {
          const diary: Diary = [];
          return observe(compile(build(spec, diary)), path, diary);
        });
        expect(fast).toEqual(stock);
      }),
      { numRuns: RUNS, ...(process.env.TROUPE_SEED && { seed: Number(process.env.TROUPE_SEED) }) },
    );
  }, 600_000);
});
