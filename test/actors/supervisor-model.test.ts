import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StartChild } from '../../actors/child.ts';
import type { ChildStart } from '../../actors/child-start.ts';
import { Supervisor } from '../../actors/supervisor.ts';
import { subtree } from '../../actors/tree.ts';
import {
  type ExitReason,
  NORMAL,
  type PartialChildSpec,
  type Restart,
  SHUTDOWN,
  TroupeError,
} from '../../src/model/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import {
  type Extras,
  GATE_PERIOD,
  ModelSupervisor,
  ModelTime,
  type NodeSpec,
  type TreeSpec,
  World,
} from './supervisor-model.ts';

/** Random trees, crashes, commands and steps of the clock: the runtime's supervisors against the model. */
const RUNS = Number(process.env.TROUPE_MODEL_RUNS ?? 1_000);

/** The real tree, with leaves in the test's hand. */
class RealTree {
  readonly clock = new VirtualClock();
  readonly world = new World();
  readonly root: Supervisor;
  /** The present one of each id. */
  readonly #supervisors = new Map<string, Supervisor>();
  readonly #exits = new Map<string, (reason: ExitReason) => void>();

  constructor(spec: TreeSpec) {
    this.root = this.#supervisor(spec);
  }

  #supervisor({ id, strategy, intensity, period, children }: TreeSpec): Supervisor {
    const supervisor = new Supervisor({
      id,
      strategy,
      intensity: { intensity, period },
      children: children.map((child) => this.spec(child)),
      clock: this.clock,
      random: { next: () => 0 },
      sink: { publish() {} },
    });
    this.#supervisors.set(id, supervisor);
    return supervisor;
  }

  spec(node: NodeSpec): PartialChildSpec<ChildStart> {
    const { id, restart, backOff, budget, isGated } = node;
    const own = {
      id,
      restart,
      ...(backOff && { backOff: { ...backOff, jitter: 'none' as const } }),
      ...(budget && { budget }),
      ...(isGated && { gate: this.#gate }),
    };
    if (node.kind === 'leaf') return { ...own, start: this.#leaf(id) };
    const start: StartChild = (host) => subtree(this.#supervisor(node))(host);
    return { ...own, type: 'supervisor', start };
  }

  /** Whatever it lets through must settle, once. */
  readonly #gate = {
    admit: () => {
      if (this.world.isShut) return { retryAfter: GATE_PERIOD };
      const id = this.#admitted++;
      this.#unsettled.add(id);
      return { retryAfter: 0, settle: () => expect(this.#unsettled.delete(id)).toBe(true) };
    },
  };
  #admitted = 0;
  readonly #unsettled = new Set<number>();

  /** Leave that was given and neither used nor given back. */
  get unsettled(): number {
    return this.#unsettled.size;
  }

  #leaf(id: string): StartChild {
    return ({ exited }) => {
      if (!this.world.starts(id)) throw new Error(`${id} fails`);
      this.#exits.set(id, exited);
      return {
        stop: () => {
          this.world.stops(id);
          exited(SHUTDOWN);
        },
        kill: () => exited({ kind: 'killed' }),
      };
    };
  }

  exit(id: string, isAbnormal: boolean): void {
    const reason = isAbnormal ? ({ kind: 'error', error: new Error('crash') } as const) : NORMAL;
    this.#exits.get(id)?.(reason);
  }

  supervisor(id: string): Supervisor {
    return this.#supervisors.get(id) as Supervisor;
  }

  picture(supervisor = this.root): string[] {
    return supervisor.whichChildren().flatMap(({ id, type, status, ref }) => {
      const isUp = status === 'running';
      const below = isUp && type === 'supervisor' ? this.picture(ref as Supervisor) : [];
      return [`${id} ${STATES[status]}`, ...below.map((line) => `  ${line}`)];
    });
  }
}

/** In the words of the model. */
const STATES: Readonly<Record<string, string>> = {
  running: 'up',
  stopped: 'down',
  restarting: 'restarting',
  quarantined: 'quarantined',
};

const restart = fc.constantFrom<Restart>('permanent', 'transient', 'temporary');
const strategy = fc.constantFrom('one_for_one', 'one_for_all', 'rest_for_one');

/** Shapes without ids; these are given out afterwards, each once. */
type Shape = { readonly restart: Restart; readonly extras: Extras; readonly below?: TreeShape };
interface TreeShape {
  readonly strategy: TreeSpec['strategy'];
  readonly intensity: number;
  readonly children: readonly Shape[];
}

/** Half of the children are plain ones of OTP. */
const extras: fc.Arbitrary<Extras> = fc.oneof(
  fc.constant({}),
  fc.record(
    {
      backOff: fc.record({
        initial: fc.integer({ min: 1, max: 40 }),
        factor: fc.constantFrom(1, 2),
        max: fc.constant(60),
        resetAfter: fc.constantFrom(50, 1_000),
      }),
      budget: fc.record({ intensity: fc.integer({ min: 0, max: 2 }), period: fc.constant(100) }),
      isGated: fc.constant(true),
    },
    { requiredKeys: [] },
  ),
);

function treeShape(depth: number): fc.Arbitrary<TreeShape> {
  const leaf: fc.Arbitrary<Shape> = fc.record({ restart, extras });
  const child =
    depth === 0
      ? leaf
      : fc.oneof(
          { weight: 3, arbitrary: leaf },
          { weight: 1, arbitrary: fc.record({ restart, extras, below: treeShape(depth - 1) }) },
        );
  return fc.record({
    strategy,
    intensity: fc.integer({ min: 0, max: 4 }),
    children: fc.array(child, { maxLength: 4 }),
  });
}

function treeOf(shape: TreeShape, id = 'root', restart: Restart = 'permanent'): TreeSpec {
  const { strategy, intensity, children } = shape;
  return {
    kind: 'tree',
    id,
    restart,
    strategy,
    intensity,
    period: 100,
    children: children.map((child, i) => nodeOf(child, `${id}.${i}`)),
  };
}

function nodeOf({ restart, extras, below }: Shape, id: string): NodeSpec {
  const node: NodeSpec = below ? treeOf(below, id, restart) : { kind: 'leaf', id, restart };
  return { ...node, ...extras };
}

type Command =
  | { readonly do: 'exit'; readonly at: number; readonly abnormal: boolean }
  | {
      readonly do: 'exit together';
      readonly at: number;
      readonly order: readonly number[];
      readonly abnormal: boolean;
    }
  | { readonly do: 'fail next'; readonly at: number; readonly times: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'turn the gate' }
  | { readonly do: 'add'; readonly at: number; readonly shape: Shape; readonly key: number }
  | {
      readonly do: 'terminateChild' | 'restartChild' | 'deleteChild';
      readonly at: number;
      readonly key: number;
    };

const at = fc.nat({ max: 20 });
const key = fc.nat({ max: 5 });
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('exit'), at, abnormal: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('exit together'),
      at,
      order: fc.array(at, { minLength: 2, maxLength: 4 }),
      abnormal: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fail next'),
      at,
      times: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.integer({ min: 1, max: 120 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('turn the gate') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('add'),
      at,
      key,
      shape: fc.oneof(
        fc.record({ restart, extras }),
        fc.record({ restart, extras, below: treeShape(0) }),
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('terminateChild', 'restartChild', 'deleteChild'),
      at,
      key,
    }),
  },
);

/** Both trees, given the same commands. */
class Both {
  readonly real: RealTree;
  readonly model: ModelSupervisor;
  readonly world = new World();
  readonly #time = new ModelTime();

  constructor(spec: TreeSpec) {
    this.real = new RealTree(spec);
    this.model = new ModelSupervisor(spec, this.world, this.#time, () => {});
  }

  async start(): Promise<void> {
    this.model.start();
    await this.real.root.start().catch(() => {});
  }

  async compare(command: Command): Promise<void> {
    const { real, model, world } = this;
    if (model.hasEnded) return;
    const [expected, answered] = await this.give(command);
    expect(answered).toBe(expected);
    await real.clock.advance(0);
    expect(real.world.log).toEqual(world.log);
    if (!model.hasEnded) expect(real.picture()).toEqual(model.picture);
    expect(real.unsettled).toBe(0);
  }

  async stop(): Promise<void> {
    const { real, model, world } = this;
    real.root.stop();
    if (!model.hasEnded) model.stop();
    expect((await real.root.ended).kind).toBe('shutdown');
    expect(real.world.log).toEqual(world.log);
    expect(real.clock.pending).toBe(0);
  }

  /** What each answers. */
  async give(command: Command): Promise<readonly [string, string]> {
    switch (command.do) {
      case 'exit': {
        const id = pick(this.model.leaves(), command.at);
        if (id === undefined) break;
        this.model.exit(id, command.abnormal);
        this.real.exit(id, command.abnormal);
        break;
      }
      case 'exit together':
        this.#exitTogether(command);
        break;
      case 'fail next': {
        const id = pick(this.model.leaves(), command.at);
        if (id === undefined) break;
        this.#failNext(id, command.times);
        break;
      }
      case 'wait':
        this.#time.advance(command.ms);
        await this.real.clock.advance(command.ms);
        break;
      case 'turn the gate':
        this.world.isShut = !this.world.isShut;
        this.real.world.isShut = this.world.isShut;
        break;
      default:
        return this.#administer(command);
    }
    return ['', ''];
  }

  #exitTogether({ at, order, abnormal }: Extract<Command, { readonly order: unknown }>): void {
    const supervisor = pick(this.model.supervisors(), at) as ModelSupervisor;
    const leaves = supervisor.ownLeaves();
    const ids = new Set(order.flatMap((at) => pick(leaves, at) ?? []));
    // Independent ones start side by side, and which start fails first is nobody's promise.
    if (supervisor.spec.strategy === 'one_for_one') for (const id of ids) this.#failNext(id, 0);
    supervisor.exitTogether([...ids], abnormal);
    for (const id of ids) this.real.exit(id, abnormal);
  }

  #failNext(id: string, times: number): void {
    this.world.failNext(id, times);
    this.real.world.failNext(id, times);
  }

  async #administer(
    command: Extract<Command, { readonly key: number }>,
  ): Promise<readonly [string, string]> {
    const model = pick(this.model.supervisors(), command.at) as ModelSupervisor;
    const real = this.real.supervisor(model.spec.id);
    const id = `${model.spec.id}.${command.key}`;
    if (command.do !== 'add') {
      return [model[command.do](id), await answer(real[command.do](id))];
    }
    const spec = nodeOf(command.shape, id);
    return [model.startChild(spec), await answer(real.startChild(this.real.spec(spec)))];
  }
}

function pick<T>(list: readonly T[], at: number): T | undefined {
  return list[at % list.length];
}

async function answer(doing: Promise<unknown>): Promise<string> {
  try {
    await doing;
    return 'ok';
  } catch (error) {
    return TroupeError.is(error) ? error.code : String(error);
  }
}

describe('supervision by a plain model of OTP', () => {
  it(`cannot be told from the model in ${RUNS} random lives of random trees`, async () => {
    const commands = fc.array(command, { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(treeShape(2), commands, async (shape, commands) => {
        const both = new Both(treeOf(shape));
        await both.start();
        for (const command of commands) await both.compare(command);
        await both.stop();
      }),
      { numRuns: RUNS, ...(process.env.TROUPE_SEED && { seed: Number(process.env.TROUPE_SEED) }) },
    );
  }, 300_000);
});
