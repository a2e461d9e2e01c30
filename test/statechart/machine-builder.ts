import { type AnyStateMachine, and, assign, createMachine } from 'xstate';
import {
  ActionBuilder,
  type Args,
  type Context,
  child,
  type Diary,
  GuardBuilder,
  implementationsFor,
  isFuelled,
  type Place,
} from './machine-actions.ts';
import type { ActionSpec, MachineSpec, NodeSpec, TransitionSpec } from './machine-arbitrary.ts';

/** Rounds that a machine may make by itself in its whole life. */
const FUEL = 6;

/** Enough for what a machine may do by itself at once, and not for all of it together. */
const BOUND = 4;

/**
 * The machine that a spec describes. Each call makes a new one, which writes to its own diary.
 *
 * @param finish what is done with it before some of its implementations may be replaced
 */
export function build(
  spec: MachineSpec,
  diary: Diary,
  finish: (machine: AnyStateMachine) => AnyStateMachine,
): AnyStateMachine {
  const builder = new Builder(spec, diary);
  const { made, replaced } = builder.implementations;
  const machine = finish(
    createMachine(builder.config() as never, made as never) as unknown as AnyStateMachine,
  );
  return spec.provides ? machine.provide(replaced as never) : machine;
}

class Builder implements Place {
  readonly implementations: ReturnType<typeof implementationsFor>;
  readonly #spec: MachineSpec;
  readonly #children = new Map<number, number[]>();
  readonly #guards: GuardBuilder;
  readonly #actions: ActionBuilder;

  constructor(spec: MachineSpec, diary: Diary) {
    this.#spec = spec;
    this.#guards = new GuardBuilder(this, diary);
    this.#actions = new ActionBuilder(diary, this.#guards);
    this.implementations = implementationsFor(this.#actions.write);
    for (let i = 1; i < spec.nodes.length; i++) {
      const parent = this.#parentOf(i);
      this.#children.set(parent, [...this.#childrenOf(parent), i]);
    }
  }

  config(): object {
    const { output, bounded } = this.#spec;
    return {
      ...this.#node(0),
      context: this.#context(),
      ...(output && { output: ({ context, event }: Args) => ({ n: context.n, of: event }) }),
      ...(bounded && { options: { maxIterations: BOUND } }),
    };
  }

  #context(): unknown {
    const { contextFactory } = this.#spec;
    const start: Context = { n: 0, fuel: FUEL };
    if (contextFactory === 'none') return start;
    return ({
      input,
      spawn,
    }: {
      input: number;
      spawn: (logic: unknown, as: object) => unknown;
    }) => {
      if (contextFactory === 'throws') throw new Error('no context');
      if (contextFactory === 'spawns') spawn(child, { id: 'born' });
      return contextFactory === 'input' ? { ...start, n: input } : { ...start };
    };
  }

  #node(index: number): object {
    const spec = this.#specOf(index);
    const children = this.#childrenOf(index);
    const isLeaf = children.length === 0;
    if (isLeaf && index > 0 && isHistory(spec)) return this.#history(index);
    const base = {
      id: `s${index}`,
      entry: this.#build(spec.entry, false),
      exit: this.#build(spec.exit, false),
      ...(spec.tag && { tags: [spec.tag] }),
      ...(spec.meta && { meta: { [spec.meta]: index } }),
    };
    if (isLeaf && spec.leaf === 'final') return { ...base, type: 'final', ...outputOf(spec) };
    const busy = { ...base, ...this.#transitions(spec), ...this.#invocation(index) };
    return isLeaf ? busy : { ...busy, ...this.#inside(index, children) };
  }

  #history(index: number): object {
    const { leaf: history, initial, onDone } = this.#specOf(index);
    const places = this.#placesIn(this.#parentOf(index));
    const target = onDone.length > 0 ? places[initial % Math.max(places.length, 1)] : undefined;
    return {
      id: `s${index}`,
      type: 'history',
      history,
      ...(target !== undefined && { target: `k${target}` }),
    };
  }

  #transitions({ on, always, after }: NodeSpec): object {
    return {
      on: Object.fromEntries(
        on.map(([type, list]) => [
          type,
          // A wildcard matches the done events that its own transitions may cause.
          list.map((t) => (type === '*' ? this.#inner(t) : this.#transition(t, type))),
        ]),
      ),
      ...(always.length > 0 && {
        always: always.map((t) => (isIdle(t) ? this.#transition(t, '*') : this.#inner(t))),
      }),
      after: Object.fromEntries(after.map(([delay, t]) => [delay, this.#inner(t)])),
    };
  }

  #invocation(index: number): object {
    if (!this.#specOf(index).invokes) return {};
    return { invoke: { id: `invoked-${index}`, src: 'child', onDone: { actions: 'named' } } };
  }

  #inside(index: number, children: readonly number[]): object {
    const spec = this.#specOf(index);
    const states = Object.fromEntries(children.map((i) => [`k${i}`, this.#node(i)]));
    const onDone = spec.onDone.map((transition) => this.#inner(transition));
    if (spec.parallel) return { type: 'parallel', states, onDone };
    const places = this.#placesIn(index);
    const initial = places[spec.initial % Math.max(places.length, 1)];
    if (initial === undefined) return {};
    const start = { target: `k${initial}`, actions: this.#build(spec.initialActions, false) };
    return { initial: start, states, ...(index > 0 && { onDone }) };
  }

  #specOf(index: number): NodeSpec {
    return this.#spec.nodes[index] as NodeSpec;
  }

  #parentOf(index: number): number {
    return this.#specOf(index).parent % index;
  }

  #childrenOf(index: number): readonly number[] {
    return this.#children.get(index) ?? [];
  }

  /** The children that one can be in. */
  #placesIn(index: number): readonly number[] {
    return this.#childrenOf(index).filter((i) => this.#isPlace(i));
  }

  /** History is nowhere to begin. */
  #isPlace(index: number): boolean {
    return !isHistory(this.#specOf(index)) || this.#children.has(index);
  }

  #transition(spec: TransitionSpec, type: string): object {
    // Events that machines send themselves must not send themselves again.
    const outer = !['R', 'Z', 'D', '*'].includes(type);
    const targets = [spec.target, ...(spec.second === undefined ? [] : [spec.second])];
    return {
      ...(spec.target >= 0 && { target: targets.map((index) => `#${this.idOf(index)}`) }),
      reenter: spec.reenter,
      ...(spec.guard && { guard: this.#guards.build(spec.guard) }),
      actions: this.#build(spec.actions, outer),
    };
  }

  idOf(index: number): string {
    return `s${this.#targetable(index % this.#spec.nodes.length)}`;
  }

  valueOf(index: number): string | object {
    let at = this.#targetable(index % this.#spec.nodes.length);
    if (at === 0) return {};
    let value: string | object = `k${at}`;
    for (at = this.#parentOf(at); at > 0; at = this.#parentOf(at)) value = { [`k${at}`]: value };
    return value;
  }

  /** A state whose parent lost its children to history cannot be named. */
  #targetable(index: number): number {
    for (let at = index; at > 0; at = this.#parentOf(at)) {
      const parent = this.#parentOf(at);
      if (!this.#specOf(parent).parallel && this.#placesIn(parent).length === 0) return 0;
    }
    return index;
  }

  /** A transition that a machine takes by itself: it burns fuel, so that it cannot go on for ever. */
  #inner(spec: TransitionSpec): object {
    const { guard, actions, ...rest } = this.#transition(spec, '*') as {
      guard?: unknown;
      actions: unknown[];
    };
    const burn = assign({ fuel: ({ context }: Args) => context.fuel - 1 } as never);
    return {
      ...rest,
      guard: guard === undefined ? isFuelled : and([isFuelled as never, guard as never]),
      actions: [burn, ...actions],
    };
  }

  #build(specs: readonly ActionSpec[], outer: boolean): unknown[] {
    return specs.map((spec) =>
      this.#actions.build(outer || !ENDLESS.has(spec.kind) ? spec : { ...spec, kind: 'named' }),
    );
  }
}

/** Actions that could go round for ever. */
const ENDLESS: ReadonlySet<string> = new Set([
  'raise',
  'enqueue-raise',
  'send-self',
  'send-later',
  'send-child',
]);

/** Actions that leave a snapshot as it is. */
const STILL: ReadonlySet<string> = new Set(['inline', 'params', 'log', 'emit', 'throws']);

/** An eventless transition that changes nothing is not taken again. */
function isIdle({ target, actions }: TransitionSpec): boolean {
  return target < 0 && actions.every(({ kind }) => STILL.has(kind));
}

function isHistory({ leaf }: NodeSpec): boolean {
  return leaf === 'shallow' || leaf === 'deep';
}

function outputOf({ output }: NodeSpec): object {
  if (output === 'none') return {};
  return {
    output: output === 'value' ? 42 : ({ context, event }: Args) => [context.n, event.type],
  };
}
