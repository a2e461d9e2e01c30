import fc from 'fast-check';

/** A machine as plain data: it can be built twice, shrunk, and printed. */
export interface MachineSpec {
  readonly nodes: readonly NodeSpec[];
  readonly output: boolean;
  readonly contextFactory: 'none' | 'plain' | 'spawns' | 'throws';
}

export interface NodeSpec {
  /** The parent's place, modulo the nodes before this one. */
  readonly parent: number;
  /** What it is if it has no children; with children it is compound, or parallel. */
  readonly leaf: 'atomic' | 'final' | 'history';
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
  readonly output: 'none' | 'value' | 'function';
}

export interface TransitionSpec {
  /** The target's place, modulo the nodes; −1 for none. */
  readonly target: number;
  readonly reenter: boolean;
  readonly guard: GuardSpec | undefined;
  readonly actions: readonly ActionSpec[];
}

export type GuardSpec =
  | { readonly kind: 'even' | 'named' | 'throws' | 'missing' | 'fuelled' }
  | { readonly kind: 'below'; readonly limit: number; readonly dynamic: boolean }
  | { readonly kind: 'in'; readonly node: number }
  | { readonly kind: 'and' | 'or'; readonly all: readonly GuardSpec[] }
  | { readonly kind: 'not'; readonly guard: GuardSpec };

export type ActionSpec =
  | { readonly kind: 'inline' | 'named' | 'missing' | 'log' | 'throws'; readonly label: number }
  | { readonly kind: 'params'; readonly label: number; readonly dynamic: boolean }
  | {
      readonly kind: 'assign' | 'assign-keys' | 'assign-named' | 'assign-spawn';
      readonly add: number;
    }
  | { readonly kind: 'emit' | 'raise' | 'enqueue' | 'send-self'; readonly label: number }
  | { readonly kind: 'delay' | 'cancel'; readonly label: number; readonly dynamic: boolean }
  | { readonly kind: 'spawn' | 'stop'; readonly label: number };

export const EVENTS = ['A', 'B', 'a.b', 'a.b.c', 'nobody'] as const;
const DESCRIPTORS = ['A', 'B', 'a.b', 'a.*', 'a.b.*', '*', 'R', 'Z', 'D'];

const label = fc.nat(9);
const common: fc.Arbitrary<ActionSpec> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('inline', 'named'), label }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('params'), label, dynamic: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('assign', 'assign-keys', 'assign-named'),
      add: fc.integer({ min: -1, max: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('missing', 'log'), label }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('emit', 'enqueue'), label }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('delay', 'cancel'),
      label: fc.nat(2),
      dynamic: fc.boolean(),
    }),
  },
);
const rare: fc.Arbitrary<ActionSpec> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('spawn', 'stop'), label: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('assign-spawn'), add: fc.constant(1) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('throws'), label }) },
);
const action = fc.oneof({ weight: 30, arbitrary: common }, { weight: 1, arbitrary: rare });
/** What could go round for ever stands only on transitions that events from outside take. */
const outerAction = fc.oneof(
  { weight: 8, arbitrary: action },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('raise', 'send-self'), label }) },
) as fc.Arbitrary<ActionSpec>;

const simpleGuard: fc.Arbitrary<GuardSpec> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constantFrom('even', 'named') }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('below'),
      limit: fc.integer({ min: -1, max: 4 }),
      dynamic: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('in'), node: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('throws', 'missing') }) },
) as fc.Arbitrary<GuardSpec>;
const guard: fc.Arbitrary<GuardSpec | undefined> = fc.oneof(
  { weight: 8, arbitrary: fc.constant(undefined) },
  { weight: 8, arbitrary: simpleGuard },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('and', 'or'),
      all: fc.array(simpleGuard, { minLength: 1, maxLength: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('not'), guard: simpleGuard }) },
) as fc.Arbitrary<GuardSpec | undefined>;

const target = fc.oneof(
  { weight: 1, arbitrary: fc.constant(-1) },
  { weight: 3, arbitrary: fc.nat(9) },
);
const transition = (actions: fc.Arbitrary<ActionSpec>): fc.Arbitrary<TransitionSpec> =>
  fc.record({
    target,
    reenter: fc.oneof(
      { weight: 4, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
    guard,
    actions: fc.array(actions, { maxLength: 3 }),
  });

/** What a machine may hold: `plain` machines are compiled throughout, `wild` ones only in parts. */
const nodeSpec = (wild: boolean): fc.Arbitrary<NodeSpec> => {
  const seldom = (weight: number) =>
    wild
      ? fc.oneof(
          { weight, arbitrary: fc.constant(false) },
          { weight: 1, arbitrary: fc.constant(true) },
        )
      : fc.constant(false);
  const actions = fc.array(action, { maxLength: 2 });
  return fc.record({
    parent: fc.nat(9),
    leaf: fc.oneof(
      { weight: 9, arbitrary: fc.constant('atomic' as const) },
      { weight: 3, arbitrary: fc.constant('final' as const) },
      { weight: wild ? 1 : 0, arbitrary: fc.constant('history' as const) },
    ),
    parallel: seldom(12),
    invokes: seldom(20),
    initial: fc.nat(9),
    initialActions: fc.array(action, { maxLength: 1 }),
    entry: actions,
    exit: actions,
    on: fc.array(
      fc.tuple(
        fc.constantFrom(...DESCRIPTORS),
        fc.array(transition(outerAction), { minLength: 1, maxLength: 2 }),
      ),
      { maxLength: 4 },
    ),
    always: fc.oneof(
      { weight: 6, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(transition(action), { minLength: 1, maxLength: 2 }) },
    ),
    after: fc.oneof(
      { weight: 5, arbitrary: fc.constant([]) },
      {
        weight: 1,
        arbitrary: fc.array(fc.tuple(fc.constantFrom(5, 10, 'long' as const), transition(action)), {
          maxLength: 2,
        }),
      },
    ),
    onDone: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(transition(action), { maxLength: 1 }) },
    ),
    tag: fc.option(fc.constantFrom('x', 'y'), { nil: undefined }),
    output: fc.constantFrom('none', 'value', 'function'),
  });
};

const machine = (wild: boolean): fc.Arbitrary<MachineSpec> =>
  fc.record({
    nodes: fc.array(nodeSpec(wild), { minLength: 2, maxLength: 7 }),
    output: fc.boolean(),
    contextFactory: wild
      ? fc.constantFrom('none', 'plain', 'plain', 'spawns', 'throws')
      : fc.constantFrom('none', 'plain', 'plain', 'plain'),
  });

export const machineSpec: fc.Arbitrary<MachineSpec> = fc.oneof(
  { weight: 3, arbitrary: machine(false) },
  { weight: 1, arbitrary: machine(true) },
);

/** What is done to a machine, step by step. */
export type Move =
  | { readonly send: string }
  | { readonly wait: number }
  | { readonly restore: true };

export const moves: fc.Arbitrary<Move[]> = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: fc.record({ send: fc.constantFrom(...EVENTS) }) },
    { weight: 2, arbitrary: fc.record({ wait: fc.constantFrom(3, 5, 10) }) },
    { weight: 1, arbitrary: fc.record({ restore: fc.constant(true as const) }) },
  ),
  { minLength: 1, maxLength: 8 },
);
