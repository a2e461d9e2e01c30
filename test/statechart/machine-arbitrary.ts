import fc from 'fast-check';

/** A machine as plain data: it can be built twice, shrunk, and printed. */
export interface MachineSpec {
  readonly nodes: readonly NodeSpec[];
  readonly output: boolean;
  readonly contextFactory: 'none' | 'plain' | 'input' | 'spawns' | 'throws';
  /** `maxIterations`. */
  readonly bounded: boolean;
  /** Some implementations are replaced after the machine is made. */
  readonly provides: boolean;
}

export interface NodeSpec {
  /** The parent's place, modulo the nodes before this one. */
  readonly parent: number;
  /** What it is if it has no children; with children it is compound, or parallel. */
  readonly leaf: 'atomic' | 'final' | 'shallow' | 'deep';
  readonly parallel: boolean;
  readonly invokes: boolean;
  readonly initial: number;
  readonly initialActions: readonly ActionSpec[];
  readonly entry: readonly ActionSpec[];
  readonly exit: readonly ActionSpec[];
  readonly on: readonly (readonly [descriptor: string, transitions: readonly TransitionSpec[]])[];
  readonly always: readonly TransitionSpec[];
  readonly after: readonly (readonly [delay: number | 'long', transition: TransitionSpec])[];
  readonly onDone: readonly TransitionSpec[];
  readonly tag: string | undefined;
  readonly meta: string | undefined;
  readonly output: 'none' | 'value' | 'function';
}

export interface TransitionSpec {
  /** The target's place, modulo the nodes; −1 for none. */
  readonly target: number;
  /** Another target besides. */
  readonly second: number | undefined;
  readonly reenter: boolean;
  readonly guard: GuardSpec | undefined;
  readonly actions: readonly ActionSpec[];
}

export type GuardKind = keyof typeof GUARD_KINDS;
/** With how often each is drawn: in any machine, and in a wild one besides. */
const GUARD_KINDS = {
  even: [4, 0],
  named: [4, 0],
  combined: [1, 0],
  below: [4, 0],
  in: [2, 0],
  throws: [1, 0],
  fuelled: [0, 0],
  alias: [0, 1],
  missing: [0, 1],
} as const;

export type GuardSpec =
  | { readonly kind: GuardKind; readonly label: number; readonly dynamic: boolean }
  | { readonly kind: 'and' | 'or'; readonly all: readonly GuardSpec[] }
  | { readonly kind: 'not'; readonly guard: GuardSpec };

export type ActionKind = keyof typeof ACTION_KINDS;
/** With how often each is drawn: anywhere, and on transitions that events from outside take besides. */
const ACTION_KINDS = {
  inline: [40, 0],
  named: [40, 0],
  missing: [8, 0],
  params: [40, 0],
  log: [8, 0],
  assign: [30, 0],
  'assign-keys': [30, 0],
  'assign-named': [30, 0],
  emit: [8, 0],
  enqueue: [8, 0],
  delay: [12, 0],
  cancel: [12, 0],
  spawn: [3, 0],
  stop: [3, 0],
  'enqueue-spawn': [2, 0],
  'assign-spawn': [3, 0],
  'assign-throws': [1, 0],
  throws: [2, 0],
  // What could go round for ever.
  raise: [0, 40],
  'enqueue-raise': [0, 10],
  'send-self': [0, 20],
  'send-later': [0, 8],
  'send-child': [0, 4],
} as const;

export interface ActionSpec {
  readonly kind: ActionKind;
  readonly label: number;
  /** Given by a function, where a plain value would do. */
  readonly dynamic: boolean;
}

/** With how often each is sent. The last ones are none that one should send. */
const SENT = {
  A: 20,
  B: 20,
  'a.b': 16,
  'a.b.c': 16,
  nobody: 6,
  'a.*.c': 2,
  'xstate.done.state.s1': 2,
  '*': 1,
};
export const EVENTS: readonly string[] = Object.keys(SENT);
const DESCRIPTORS = ['A', 'B', 'a.b', 'a.*', 'a.b.*', '*', 'R', 'Z', 'D'];
const ODD_DESCRIPTORS = ['a.*.c.*', 'a*', '*.b'];

type Weighted = Readonly<Record<string, readonly [number, number]>>;

function oneOfKinds<Kinds extends Weighted>(kinds: Kinds, extra: boolean) {
  const weighted = Object.entries(kinds).map(([kind, [always, besides]]) => ({
    weight: always + (extra ? besides : 0),
    arbitrary: fc.constant(kind as keyof Kinds & string),
  }));
  return fc.oneof(...weighted.filter(({ weight }) => weight > 0));
}

const rarely = (weight: number): fc.Arbitrary<boolean> =>
  fc.oneof({ weight, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });

const action = (outer: boolean): fc.Arbitrary<ActionSpec> =>
  fc.record({
    kind: oneOfKinds(ACTION_KINDS, outer),
    label: fc.nat(9),
    dynamic: fc.boolean(),
  });

/** What a machine may hold besides what is compiled throughout. */
type Extent = 'plain' | 'history' | 'wild';

function nodeSpec(extent: Extent): fc.Arbitrary<NodeSpec> {
  const wild = extent === 'wild';
  const seldom = (weight: number) => (wild ? rarely(weight) : fc.constant(false));
  const actions = fc.array(action(false), { maxLength: 2 });
  const outer = fc.array(transition(wild, true), { minLength: 1, maxLength: 2 });
  const inner = transition(wild, false);
  const descriptors = wild ? [...DESCRIPTORS, ...ODD_DESCRIPTORS] : DESCRIPTORS;
  const leaves = extent === 'plain' ? (['atomic'] as const) : (['shallow', 'deep'] as const);
  return fc.record({
    parent: fc.nat(9),
    leaf: fc.oneof(
      { weight: 9, arbitrary: fc.constant('atomic' as const) },
      { weight: 3, arbitrary: fc.constant('final' as const) },
      { weight: 3, arbitrary: fc.constantFrom(...leaves) },
    ),
    parallel: seldom(12),
    invokes: seldom(20),
    initial: fc.nat(9),
    initialActions: fc.array(action(false), { maxLength: 1 }),
    entry: actions,
    exit: actions,
    on: fc.array(fc.tuple(fc.constantFrom(...descriptors), outer), { maxLength: 4 }),
    always: fc.oneof(
      { weight: 6, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(inner, { minLength: 1, maxLength: 2 }) },
    ),
    after: fc.oneof(
      { weight: 5, arbitrary: fc.constant([]) },
      {
        weight: 1,
        arbitrary: fc.array(fc.tuple(fc.constantFrom(5, 10, 'long' as const), inner), {
          maxLength: 2,
        }),
      },
    ),
    onDone: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(inner, { maxLength: 1 }) },
    ),
    tag: fc.option(fc.constantFrom('x', 'y'), { nil: undefined }),
    meta: fc.option(fc.constantFrom('m'), { nil: undefined, freq: 1 }),
    output: fc.constantFrom('none', 'value', 'function'),
  });
}

function transition(wild: boolean, outer: boolean): fc.Arbitrary<TransitionSpec> {
  return fc.record({
    target: fc.oneof(
      { weight: 1, arbitrary: fc.constant(-1) },
      { weight: 3, arbitrary: fc.nat(9) },
    ),
    second: wild ? fc.option(fc.nat(9), { nil: undefined, freq: 20 }) : fc.constant(undefined),
    reenter: rarely(4),
    guard: guardOrNone(wild),
    actions: fc.array(action(outer), { maxLength: 3 }),
  });
}

function guardOrNone(wild: boolean): fc.Arbitrary<GuardSpec | undefined> {
  const simple = fc.record({
    kind: oneOfKinds(GUARD_KINDS, wild),
    label: fc.nat(9),
    dynamic: fc.boolean(),
  });
  const several = fc.record({
    kind: fc.constantFrom('and' as const, 'or' as const),
    all: fc.array(simple, { minLength: 1, maxLength: 2 }),
  });
  const opposite = fc.record({ kind: fc.constant('not' as const), guard: simple });
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(undefined) },
    { weight: 8, arbitrary: simple },
    { weight: 2, arbitrary: several },
    { weight: 1, arbitrary: opposite },
  );
}

const machine = (extent: Extent): fc.Arbitrary<MachineSpec> =>
  fc.record({
    nodes: fc.oneof(
      { weight: 1, arbitrary: fc.array(nodeSpec(extent), { minLength: 1, maxLength: 3 }) },
      { weight: 3, arbitrary: fc.array(nodeSpec(extent), { minLength: 3, maxLength: 8 }) },
    ),
    output: fc.boolean(),
    contextFactory:
      extent === 'wild'
        ? fc.constantFrom('none', 'none', 'plain', 'plain', 'input', 'input', 'spawns', 'throws')
        : fc.constantFrom('none', 'plain', 'input', 'input'),
    bounded: rarely(12),
    provides: rarely(8),
  });

export const machineSpec: fc.Arbitrary<MachineSpec> = fc.oneof(
  { weight: 4, arbitrary: machine('plain') },
  { weight: 1, arbitrary: machine('history') },
  { weight: 1, arbitrary: machine('wild') },
);

/** What is done to a machine, step by step. */
export type Move =
  | { readonly kind: 'send' | 'ponder'; readonly type: string }
  | { readonly kind: 'wait'; readonly ms: number }
  /** Stopped, and started again from what it persisted. */
  | { readonly kind: 'restore' }
  | { readonly kind: 'stop' }
  /** Somebody begins to inspect, or ceases to. */
  | { readonly kind: 'inspect' };

export interface Life {
  readonly inspected: boolean;
  readonly moves: readonly Move[];
}

const eventType = fc.oneof(
  ...Object.entries(SENT).map(([type, weight]) => ({ weight, arbitrary: fc.constant(type) })),
);

export const life: fc.Arbitrary<Life> = fc.record({
  inspected: rarely(12),
  moves: fc.array(
    fc.oneof(
      { weight: 60, arbitrary: fc.record({ kind: fc.constant('send' as const), type: eventType }) },
      {
        weight: 6,
        arbitrary: fc.record({ kind: fc.constant('ponder' as const), type: eventType }),
      },
      {
        weight: 12,
        arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(3, 5, 10) }),
      },
      { weight: 6, arbitrary: fc.record({ kind: fc.constant('restore' as const) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('inspect' as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('stop' as const) }) },
    ),
    { minLength: 1, maxLength: 8 },
  ),
});
