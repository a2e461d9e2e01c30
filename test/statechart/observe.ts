import {
  type AnyActorRef,
  type AnyStateMachine,
  createActor,
  createMachine,
  getInitialSnapshot,
  getMicrosteps,
  getNextSnapshot,
  getNextTransitions,
  type InspectionEvent,
  initialTransition,
  SimulatedClock,
  type Snapshot,
  transition,
} from 'xstate';
import { stopActor } from '../../src/statechart/index.ts';
import type { Diary } from './machine-actions.ts';
import { EVENTS, type Life, type Move } from './machine-arbitrary.ts';

const INPUT = 2;

type Actor = ReturnType<typeof createActor<AnyStateMachine>>;
type MachineSnapshot = ReturnType<Actor['getSnapshot']>;

/** Makes a child as `createActor` does. */
export type MakeChild = (
  machine: AnyStateMachine,
  options: { readonly parent: AnyActorRef; readonly id: string; readonly input: never },
) => Actor;

/**
 * Everything that can be seen of a machine while it lives, as text.
 *
 * @param makeChild makes it a child of another; without it, it is a root
 */
export function observe(
  machine: AnyStateMachine,
  life: Life,
  diary: Diary,
  makeChild?: MakeChild,
): Diary {
  const observer = new Observer(machine, diary, makeChild);
  diary.push(answerOf(() => initialTransition(machine, INPUT as never)));
  observer.start(life.inspected);
  for (const move of life.moves) {
    diary.push(`> ${JSON.stringify(move)}`);
    if (observer.isOver) break;
    observer.make(move);
    observer.look();
  }
  observer.persist();
  // Another of the same machine, which has its plans by now.
  observer.start(false);
  observer.make({ kind: 'send', type: 'A' });
  observer.look();
  return diary;
}

class Observer {
  readonly #machine: AnyStateMachine;
  readonly #diary: Diary;
  readonly #clock: SimulatedClock;
  readonly #makeChild: MakeChild | undefined;
  #actor!: Actor;
  #last: MachineSnapshot | undefined;
  #inspection: { unsubscribe(): void } | undefined;
  #sent = 0;

  constructor(machine: AnyStateMachine, diary: Diary, makeChild: MakeChild | undefined) {
    this.#machine = machine;
    this.#diary = diary;
    this.#makeChild = makeChild;
    this.#clock = recordingClock(diary);
  }

  /** One that was stopped can be restored, and lives on in a way. */
  get isOver(): boolean {
    const { status } = this.#actor.getSnapshot();
    return status === 'done' || status === 'error';
  }

  start(inspected: boolean, snapshot?: Snapshot<unknown>): void {
    const diary = this.#diary;
    const options = {
      clock: this.#clock,
      logger: () => {},
      ...(inspected && { inspect: this.#inspect }),
    };
    const own = { id: 'it', input: INPUT as never };
    const makeChild = this.#makeChild;
    const actor =
      makeChild === undefined
        ? createActor(this.#machine, { ...options, ...own, ...(snapshot && { snapshot }) })
        : makeChild(this.#machine, { ...own, parent: this.#startParent(options) });
    actor.on('*', (event) => diary.push(`emitted ${JSON.stringify(event)}`));
    actor.subscribe({
      next: (next) => diary.push(`next ${JSON.stringify(next.value)} ${next.status}`),
      error: (error) => diary.push(`error ${messageOf(error)}`),
      complete: () => diary.push('complete'),
    });
    this.#actor = actor;
    this.#inspection = undefined;
    this.look();
    actor.start();
    this.look();
  }

  #startParent(options: object): AnyActorRef {
    const hear = ({ event }: { event: object }) => this.#diary.push(`told ${textOf(event)}`);
    const machine = createMachine({ on: { '*': { actions: hear } } });
    return createActor(machine, options).start();
  }

  make(move: Move): void {
    switch (move.kind) {
      case 'send':
        this.#actor.send({ type: move.type, nth: this.#sent++ });
        break;
      case 'ponder':
        this.#ponder(move.type);
        break;
      case 'wait':
        this.#clock.increment(move.ms);
        break;
      case 'restore':
        this.#restore();
        break;
      case 'inspect':
        this.#toggleInspection();
        break;
      case 'stop':
        this.#stop();
        break;
      default:
        move satisfies never;
    }
  }

  look(): void {
    const snapshot = this.#actor.getSnapshot();
    this.#diary.push(JSON.stringify({ ...seenOf(snapshot), same: snapshot === this.#last }));
    this.#last = snapshot;
  }

  persist(): Snapshot<unknown> | undefined {
    try {
      const text = JSON.stringify(this.#actor.getPersistedSnapshot());
      this.#diary.push(`persisted ${text}`);
      // An inline child cannot be persisted by name: such a snapshot is compared, not restored.
      return text.includes('"src":{') ? undefined : JSON.parse(text);
    } catch (error) {
      this.#diary.push(`not persisted: ${messageOf(error)}`);
      return undefined;
    }
  }

  #stop(): void {
    if (this.#makeChild === undefined) this.#actor.stop();
    else stopActor(this.#actor);
  }

  #restore(): void {
    const persisted = this.persist();
    // Only a root is restored by itself.
    if (persisted === undefined || this.#makeChild !== undefined) return;
    this.#actor.stop();
    this.start(false, persisted);
  }

  #toggleInspection(): void {
    this.#inspection?.unsubscribe();
    this.#inspection =
      this.#inspection === undefined ? this.#actor.system.inspect(this.#inspect) : undefined;
  }

  readonly #inspect = (event: InspectionEvent): void =>
    void this.#diary.push(`inspected ${textOf(event)}`);

  /** What XState's pure functions say of this moment. */
  #ponder(type: string): void {
    const snapshot = this.#actor.getSnapshot();
    const event = { type, nth: this.#sent };
    const machine = this.#machine;
    this.#diary.push(
      answerOf(() => transition(machine, snapshot, event)),
      answerOf(() => getNextSnapshot(machine, snapshot, event)),
      answerOf(() => getInitialSnapshot(machine, INPUT as never)),
      answerOf(() => getMicrosteps(machine, snapshot, event)),
      answerOf(() => getNextTransitions(snapshot)),
    );
  }
}

function seenOf(snapshot: MachineSnapshot): object {
  const { value, context, status, output, error, tags, children } = snapshot;
  const { _nodes, historyValue } = snapshot as unknown as {
    _nodes: readonly { id: string }[];
    historyValue: Readonly<Record<string, readonly { id: string }[]>>;
  };
  return {
    fields: Object.keys(snapshot),
    value,
    context,
    status,
    output,
    error: error === undefined ? undefined : messageOf(error),
    tags: [...tags],
    tagged: snapshot.hasTag('x'),
    meta: snapshot.getMeta(),
    nodes: _nodes.map(({ id }) => id),
    history: Object.entries(historyValue).map(([id, nodes]) => [id, nodes.map(({ id }) => id)]),
    children: Object.entries(children as Readonly<Record<string, AnyActorRef>>).map(
      ([id, child]) => [id, child.getSnapshot().status],
    ),
    matches: snapshot.matches(value),
    can: status === 'active' ? EVENTS.map((type) => can(snapshot, type)) : [],
  };
}

function can(snapshot: MachineSnapshot, type: string): boolean | string {
  try {
    return snapshot.can({ type });
  } catch (error) {
    return messageOf(error);
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

/** What it returns, or what it throws. */
function answerOf(ask: () => unknown): string {
  try {
    return `pure ${textOf(ask())}`;
  } catch (error) {
    return `pure threw ${messageOf(error)}`;
  }
}

/** An action to be run comes with the whole system, which is nothing to compare. */
function textOf(value: unknown): string {
  const text = JSON.stringify(value, (key, part) =>
    key === 'system' || key === 'machine' ? undefined : part,
  );
  return anonymous(text);
}

/** Whatever was thrown, as text. */
export function messageOf(error: unknown): string {
  return anonymous(error instanceof Error ? error.message : String(error));
}

/** Session ids count for the whole process and differ between the two. */
function anonymous(text: string): string {
  return text.replace(/x:\d+/g, 'x:_');
}
