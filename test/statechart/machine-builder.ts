import {
  type AnyStateMachine,
  and,
  assign,
  cancel,
  createMachine,
  emit,
  enqueueActions,
  log,
  not,
  or,
  raise,
  sendTo,
  spawnChild,
  stateIn,
  stopChild,
} from 'xstate';
import type {
  ActionSpec,
  GuardSpec,
  MachineSpec,
  NodeSpec,
  TransitionSpec,
} from './machine-arbitrary.ts';

/** What happened, in order; the machine under test writes to it. */
export type Diary = string[];

interface Context {
  n: number;
  fuel: number;
}
type Args = { context: Context; event: { type: string } };

const child = createMachine({
  id: 'child',
  initial: 'on',
  states: { on: { on: { A: 'off' } }, off: { type: 'final' } },
});

/** Rounds that a machine may make by itself in its whole life. */
const FUEL = 6;

/** The machine that a spec describes. Each call makes a new one, which writes to its own diary. */
export function build(spec: MachineSpec, diary: Diary): AnyStateMachine {
  const builder = new Builder(spec, diary);
  return createMachine(
    builder.config() as never,
    builder.implementations() as never,
  ) as unknown as AnyStateMachine;
}

class Builder {
  readonly #spec: MachineSpec;
  readonly #diary: Diary;
  readonly #children = new Map<number, number[]>();

  constructor(spec: MachineSpec, diary: Diary) {
    this.#spec = spec;
    this.#diary = diary;
    for (let i = 1; i < spec.nodes.length; i++) {
      const parent = (spec.nodes[i] as NodeSpec).parent % i;
      this.#children.set(parent, [...(this.#children.get(parent) ?? []), i]);
    }
  }

  config(): object {
    const { contextFactory, output } = this.#spec;
    const start: Context = { n: 0, fuel: FUEL };
    const factory = ({ spawn }: { spawn: (logic: unknown, options: object) => unknown }) => {
      if (contextFactory === 'throws') throw new Error('no context');
      if (contextFactory === 'spawns') spawn(child, { id: 'born' });
      return { ...start };
    };
    return {
      ...this.#node(0),
      context: contextFactory === 'none' ? start : factory,
      ...(output && { output: ({ context, event }: Args) => ({ n: context.n, of: event }) }),
    };
  }

  implementations(): object {
    const write = this.#write;
    return {
      actions: {
        named: ({ context, event }: Args) => write(`named ${context.n} ${event.type}`),
        params: ({ context }: Args, params: unknown) =>
          write(`params ${context.n} ${JSON.stringify(params)}`),
        add: assign(({ context }: Args) => ({ n: context.n + 1 })) as never,
      },
      guards: {
        named: ({ context }: Args) => context.n % 3 !== 0,
        below: ({ context }: Args, params: { limit: number }) => context.n < params.limit,
      },
      delays: { long: ({ context }: Args) => 8 + (context.n % 3) },
    };
  }

  readonly #write = (line: string): void => void this.#diary.push(line);

  #node(index: number): object {
    const spec = this.#spec.nodes[index] as NodeSpec;
    const children = this.#children.get(index) ?? [];
    const id = `s${index}`;
    if (children.length === 0 && index > 0 && spec.leaf === 'history')
      return { id, type: 'history' };
    const base = {
      id,
      entry: this.#actions(spec.entry, false),
      exit: this.#actions(spec.exit, false),
      ...(spec.tag && { tags: [spec.tag] }),
    };
    if (children.length === 0 && spec.leaf === 'final' && index > 0) {
      return { ...base, type: 'final', ...this.#output(spec) };
    }
    const rest = {
      ...base,
      on: Object.fromEntries(
        spec.on.map(([type, list]) => [
          type,
          // A wildcard matches the done events that its own transitions may cause.
          list.map((t) => (type === '*' ? this.#inner(t) : this.#transition(t, type))),
        ]),
      ),
      always: spec.always.map((transition) => this.#inner(transition)),
      after: Object.fromEntries(spec.after.map(([delay, t]) => [delay, this.#inner(t)])),
      ...(spec.invokes && {
        invoke: { id: `invoked-${id}`, src: child, onDone: { actions: 'named' } },
      }),
    };
    if (children.length === 0) return rest;
    const states = Object.fromEntries(children.map((i) => [`k${i}`, this.#node(i)]));
    const onDone = spec.onDone.map((transition) => this.#inner(transition));
    if (spec.parallel) return { ...rest, type: 'parallel', states, onDone };
    const places = children.filter((i) => this.#isPlace(i));
    const initial = places[spec.initial % Math.max(places.length, 1)];
    if (initial === undefined) return { ...rest, id };
    const start = { target: `k${initial}`, actions: this.#actions(spec.initialActions, false) };
    return { ...rest, initial: start, states, ...(index > 0 && { onDone }) };
  }

  /** History is nowhere to begin. */
  #isPlace(index: number): boolean {
    const { leaf } = this.#spec.nodes[index] as NodeSpec;
    return leaf !== 'history' || this.#children.has(index);
  }

  #output({ output }: NodeSpec): object {
    if (output === 'none') return {};
    return { output: output === 'value' ? 42 : ({ context }: Args) => context.n };
  }

  #transition(spec: TransitionSpec, type: string): object {
    // Events that machines send themselves must not send themselves again.
    const outer = !['R', 'Z', 'D', '*'].includes(type);
    const { nodes } = this.#spec;
    return {
      ...(spec.target >= 0 && { target: `#s${this.#targetable(spec.target % nodes.length)}` }),
      reenter: spec.reenter,
      ...(spec.guard && { guard: this.#guard(spec.guard) }),
      actions: this.#actions(spec.actions, outer),
    };
  }

  /** A state whose parent lost its children to history cannot be named. */
  #targetable(index: number): number {
    for (let at = index; at > 0; at = (this.#spec.nodes[at] as NodeSpec).parent % at) {
      const parent = (this.#spec.nodes[at] as NodeSpec).parent % at;
      const siblings = this.#children.get(parent) ?? [];
      const isParallel = (this.#spec.nodes[parent] as NodeSpec).parallel;
      if (!isParallel && !siblings.some((i) => this.#isPlace(i))) return 0;
    }
    return index;
  }

  /** A transition that a machine takes by itself: it burns fuel, so that it cannot go on for ever. */
  #inner(spec: TransitionSpec): object {
    const { guard, actions, ...rest } = this.#transition(spec, '*') as {
      guard?: unknown;
      actions: unknown[];
    };
    const fuelled = ({ context }: Args) => context.fuel > 0;
    const burn = assign({ fuel: ({ context }: Args) => context.fuel - 1 } as never);
    return {
      ...rest,
      guard: guard === undefined ? fuelled : and([fuelled as never, guard as never]),
      actions: [burn, ...actions],
    };
  }

  #guard(spec: GuardSpec): unknown {
    switch (spec.kind) {
      case 'even':
        return ({ context }: Args) => context.n % 2 === 0;
      case 'named':
        return 'named';
      case 'fuelled':
        return ({ context }: Args) => context.fuel > 0;
      case 'below':
        return {
          type: 'below',
          params: spec.dynamic
            ? ({ context }: Args) => ({ limit: context.n + spec.limit })
            : { limit: spec.limit },
        };
      case 'in':
        return stateIn(`#s${this.#targetable(spec.node % this.#spec.nodes.length)}`);
      case 'and':
        return and(spec.all.map((guard) => this.#guard(guard)) as never);
      case 'or':
        return or(spec.all.map((guard) => this.#guard(guard)) as never);
      case 'not':
        return not(this.#guard(spec.guard) as never);
      case 'missing':
        return 'missing';
      case 'throws':
        return ({ context }: Args) => {
          if (context.n > 2) throw new Error('guard threw');
          return true;
        };
      default:
        return spec satisfies never;
    }
  }

  #actions(specs: readonly ActionSpec[], outer: boolean): unknown[] {
    return specs.map((spec) => this.#action(spec, outer));
  }

  #action(spec: ActionSpec, outer: boolean): unknown {
    const write = this.#write;
    switch (spec.kind) {
      case 'inline':
        return ({ context, event }: Args) =>
          write(`inline ${spec.label} ${context.n} ${event.type}`);
      case 'named':
      case 'missing':
        return spec.kind;
      case 'log':
        return log(({ context }: Args) => write(`log ${context.n}`));
      case 'throws':
        return ({ context }: Args) => {
          if (context.n > 1) throw new Error(`action ${spec.label} threw`);
        };
      case 'params':
        return {
          type: 'params',
          params: spec.dynamic ? ({ context }: Args) => ({ n: context.n }) : { label: spec.label },
        };
      case 'assign':
        return assign(({ context }: Args) => ({ n: context.n + spec.add }) as never);
      case 'assign-keys':
        return assign({ n: ({ context }: Args) => context.n + spec.add } as never);
      case 'assign-named':
        return 'add';
      case 'assign-spawn':
        return assign((({
          context,
          spawn,
        }: Args & { spawn: (logic: unknown, options: object) => unknown }) => {
          spawn(child, { id: `made-${context.n}` });
          return { n: context.n + 1 };
        }) as never);
      case 'emit':
        return emit(({ context }: Args) => ({ type: 'emitted', n: context.n }) as never);
      case 'enqueue':
        return enqueueActions((({
          enqueue,
          check,
        }: {
          enqueue: (action: unknown) => void;
          check: (guard: unknown) => boolean;
        }) => {
          if (check('named')) enqueue('named');
          enqueue(assign(({ context }: Args) => ({ n: context.n + 1 }) as never));
        }) as never);
      case 'raise':
        return outer ? raise({ type: 'R' } as never) : 'named';
      case 'send-self':
        return outer
          ? sendTo((({ self }: { self: unknown }) => self) as never, { type: 'Z' } as never)
          : 'named';
      case 'delay':
        return raise({ type: 'D' } as never, {
          id: `d${spec.label}`,
          delay: spec.dynamic ? ('long' as never) : 4 + spec.label,
        });
      case 'cancel':
        return cancel(spec.dynamic ? ((() => `d${spec.label}`) as never) : `d${spec.label}`);
      case 'spawn':
        return spawnChild(child as never, { id: `kid-${spec.label}` } as never);
      case 'stop':
        return stopChild(`kid-${spec.label}`);
      default:
        return spec satisfies never;
    }
  }
}
