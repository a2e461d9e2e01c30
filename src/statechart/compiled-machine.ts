import { type AnyStateMachine, assign, type EventObject, StateMachine, stopChild } from 'xstate';
import { type Configuration, leafOf } from './configuration.ts';
import {
  type Implementations,
  implementationsOf,
  type Operation,
  operationOf,
} from './operations.ts';
import { type Candidate, goesOn, type Plan, Planner } from './plan.ts';
import type { Action, ActionFunction, Node, Scope, Snapshot } from './xstate-internals.ts';
import { isInspected } from './xstate-internals.ts';

/**
 * A machine whose transitions are planned once per configuration and event type, and then run
 * without XState's set algebra. It is a real XState machine: its snapshots are real, and whatever it
 * does not recognise (parallel states, history, invoked actors), and whatever somebody inspects,
 * goes to XState itself.
 */
export class CompiledMachine extends StateMachine<
  // biome-ignore format: the parameters of a machine about which nothing is known
  never,
  EventObject,
  never,
  never,
  never,
  never,
  never,
  never,
  never,
  never,
  never,
  never,
  never,
  never
> {
  readonly #stockTransition: (snapshot: Snapshot, event: EventObject, scope: Scope) => Snapshot;
  readonly #stockInitial: (scope: Scope, input: unknown) => Snapshot;
  readonly #implementations: Implementations;
  readonly #planner: Planner;
  readonly #root: Node;
  /** By the active set's own array, of which planned transitions leave one for each configuration. */
  readonly #bySet = new WeakMap<readonly Node[], PlannedConfiguration>();
  readonly #byConfiguration = new Map<Configuration, PlannedConfiguration>();
  #prepared = false;
  /** Every transition is planned: then what one raises can be followed, too. */
  #complete = false;
  #initial: Candidate | undefined;

  constructor(machine: AnyStateMachine) {
    super(machine.config as never, machine.implementations as never);
    this.#stockTransition = this.transition as never;
    this.#stockInitial = this.getInitialSnapshot as never;
    this.#implementations = implementationsOf(this);
    this.#planner = new Planner(this.#implementations);
    this.#root = this.root as unknown as Node;
    this.transition = ((snapshot: Snapshot, event: EventObject, scope: Scope) =>
      this.#transition(snapshot, event, scope)) as never;
    this.getInitialSnapshot = ((scope: Scope, input: unknown) =>
      this.#start(scope, input)) as never;
  }

  override provide(implementations: never): never {
    return new CompiledMachine(super.provide(implementations) as never) as never;
  }

  /** Snapshots share their values; one that is persisted has its own, for it may be mended by hand. */
  override getPersistedSnapshot(snapshot: never, options?: never): never {
    const persisted = super.getPersistedSnapshot(snapshot, options) as { value?: unknown };
    if (typeof persisted.value === 'object') persisted.value = structuredClone(persisted.value);
    return persisted as never;
  }

  /** At the first use, as XState: until then it has not looked at the states either. */
  #prepare(): void {
    this.#prepared = true;
    // A bound on iterations is XState's to count.
    this.#complete =
      !Number.isFinite(this.options.maxIterations) && this.#planner.recognises(this.#root);
    const initial = this.#planner.initial(this.#root);
    if (this.#complete || initial?.quiet) this.#initial = initial;
  }

  #planned(nodes: readonly Node[]): PlannedConfiguration | undefined {
    const known = this.#bySet.get(nodes);
    if (known !== undefined) return known;
    if (!this.#prepared) this.#prepare();
    const leaf = leafOf(nodes);
    const configuration = leaf && this.#planner.configuration(leaf);
    // XState can be brought to sets that are no configuration; they are its own business.
    const whole = configuration?.nodes.length === nodes.length ? configuration : undefined;
    const planned = whole && this.#plannedOf(whole);
    if (planned !== undefined) this.#bySet.set(nodes, planned);
    return planned;
  }

  #plannedOf(configuration: Configuration): PlannedConfiguration {
    let planned = this.#byConfiguration.get(configuration);
    if (planned === undefined) {
      planned = new PlannedConfiguration(configuration, this.#planner, this.#complete);
      this.#byConfiguration.set(configuration, planned);
      this.#bySet.set(configuration.nodes, planned);
    }
    return planned;
  }

  #transition(snapshot: Snapshot, event: EventObject, scope: Scope): Snapshot {
    const planned = this.#planned(snapshot._nodes);
    const plan = isOwnBusiness(event) ? undefined : planned?.on(event.type);
    if (plan === undefined || !isAlive(snapshot, scope) || isInspected(scope.system)) {
      return this.#stockTransition(snapshot, event, scope);
    }
    const candidate = select(plan, snapshot, event, true);
    if (candidate === undefined && !this.#complete) return snapshot;
    const step = new Step(snapshot, event, scope, true, this.#implementations);
    if (candidate !== undefined) {
      step.take(candidate);
      if (candidate.quiet) return step.snapshot;
    }
    return this.#settle(step);
  }

  /** Eventless transitions and raised events, until there is nothing more: one macrostep's rest. */
  #settle(step: Step): Snapshot {
    // An eventless transition that changed nothing would be taken for ever.
    for (let idled = false; step.snapshot.status === 'active'; ) {
      const { snapshot } = step;
      const planned = this.#planned(snapshot._nodes) as PlannedConfiguration;
      const eventless = idled ? [] : planned.eventless();
      let candidate = select(eventless, snapshot, step.event, false);
      idled = candidate !== undefined;
      if (candidate === undefined) {
        if (!step.shift()) break;
        candidate = select(planned.on(step.event.type) as Plan, snapshot, step.event, true);
      }
      if (candidate !== undefined) step.take(candidate);
      idled &&= step.snapshot === snapshot;
    }
    return step.snapshot;
  }

  #start(scope: Scope, input: unknown): Snapshot {
    if (!this.#prepared) this.#prepare();
    const initial = this.#initial;
    // A scope without a system is made up, to look at a first snapshot: XState does that.
    if (initial === undefined || scope.system === undefined || isInspected(scope.system)) {
      return this.#stockInitial(scope, input);
    }
    const event = { type: 'xstate.init', input };
    const blank = this.#blank();
    const step = new Step(blank, event, scope, false, this.#implementations);
    try {
      return this.#enter(step, initial, input);
    } catch (error) {
      return step.failed(blank, error);
    }
  }

  #enter(step: Step, initial: Candidate, input: unknown): Snapshot {
    const { context } = this.config as { context?: unknown };
    if (typeof context === 'function') step.create(context as ContextFactory, input);
    // Each actor has a first snapshot of its own, also where nothing is entered but the root.
    step.copied = true;
    step.take(initial);
    return initial.quiet ? step.snapshot : this.#settle(step);
  }

  #template: Snapshot | undefined;

  /** The snapshot before the first step: only the root is active. */
  #blank(): Snapshot {
    if (this.#template === undefined) {
      const { to } = this.#initial as Candidate;
      const some = this.resolveState({ value: to.value as never, context: {} as never });
      const { context } = this.config as { context?: unknown };
      const own = typeof context !== 'function' && context ? context : {};
      this.#template = {
        ...(some as unknown as Snapshot),
        status: 'active',
        context: own,
        _nodes: [this.#root],
        tags: new Set(this.#root.tags),
        children: {},
        historyValue: {},
      } as unknown as Snapshot;
    }
    return this.#template;
  }
}

/** A configuration with the plans made for it so far. */
class PlannedConfiguration {
  readonly configuration: Configuration;
  readonly #planner: Planner;
  readonly #complete: boolean;
  readonly #byType = new Map<string, Plan | undefined>();
  #eventless: Plan | undefined;

  constructor(configuration: Configuration, planner: Planner, complete: boolean) {
    this.configuration = configuration;
    this.#planner = planner;
    this.#complete = complete;
  }

  on(type: string): Plan | undefined {
    const known = this.#byType.get(type);
    if (known !== undefined || this.#byType.has(type)) return known;
    const plan = this.#planner.onEvent(this.configuration, type);
    // In a machine that is not planned throughout, only what ends with its step can be run.
    const usable = this.#complete || (plan?.every(({ quiet }) => quiet) && this.#isStill());
    const kept = usable ? plan : undefined;
    // Types can be made up without end, by whoever sends events: they must not fill the memory.
    if (this.#byType.size < MAX_TYPES) this.#byType.set(type, kept);
    return kept;
  }

  eventless(): Plan {
    this.#eventless ??= this.#planner.eventless(this.configuration) ?? [];
    return this.#eventless;
  }

  /** No eventless transition can follow an event that nothing here handles. */
  #isStill(): boolean {
    return !this.configuration.nodes.some(goesOn);
  }
}

const MAX_TYPES = 256;

/** Child actors' ends, stops and the like; timers and done states are ordinary events. */
function isOwnBusiness(event: EventObject): boolean {
  const { type } = event;
  if (type === '*') return true;
  // What is no string fails here, in XState's words.
  if (!event.type.startsWith('xstate.')) return false;
  return !type.startsWith('xstate.after.') && !type.startsWith('xstate.done.state.');
}

/**
 * True when a running actor asks for itself. One that does not run is one of XState's pure functions,
 * and a scope that is not the actor's own has been put around it by somebody: both want the actions,
 * not to run them. One that was restored after its stop runs, but XState stops its children.
 */
function isAlive({ status }: Snapshot, scope: Scope): boolean {
  const { self } = scope;
  return status === 'active' && self._processingStatus === 1 && self._actorScope === scope;
}

/** @param explains a guard's error is told with the event, as XState does unless there is none */
function select(
  plan: Plan,
  snapshot: Snapshot,
  event: EventObject,
  explains: boolean,
): Candidate | undefined {
  for (let i = 0; i < plan.length; i++) {
    const candidate = plan[i] as Candidate;
    const { condition } = candidate;
    if (condition === undefined) return candidate;
    try {
      if (holds(condition, snapshot, event)) return candidate;
    } catch (error) {
      throw explains ? guardError(candidate, event, error) : error;
    }
  }
  return undefined;
}

/** In XState's words. */
function guardError({ source, condition }: Candidate, { type }: EventObject, error: unknown) {
  const guard = condition?.name ? `guard '${condition.name}'` : 'guard';
  const where = `in transition for event '${type}' in state node '${source.id}'`;
  return new Error(`Unable to evaluate ${guard} ${where}:\n${(error as Error).message}`);
}

function holds(
  { check, params }: NonNullable<Candidate['condition']>,
  snapshot: Snapshot,
  event: EventObject,
): boolean {
  const { context } = snapshot;
  const given = typeof params === 'function' ? params({ context, event }) : params;
  if (check.check !== undefined) return check.check(snapshot, { context, event }, check);
  return check({ context, event }, given);
}

type ContextFactory = (args: Record<string, unknown>) => object;
type Children = Readonly<Record<string, unknown>>;

type Spawn = (source: unknown, options: unknown) => { readonly id: string };

/** What an assigner is given. */
class AssignArguments {
  readonly context: unknown;
  readonly event: EventObject;
  readonly spawn: Spawn;
  readonly self: unknown;
  readonly system: unknown;

  constructor(step: Step) {
    this.context = step.context;
    this.event = step.event;
    this.spawn = step.spawn;
    this.self = step.scope.self;
    this.system = step.scope.system;
  }
}

/**
 * One macrostep under way. Its members are plain, not `#private`: one is made for every event, and V8
 * takes a measurable while to brand an object with private members.
 */
class Step {
  /** The last whole snapshot: after each microstep the next. */
  snapshot: Snapshot;
  event: EventObject;
  readonly scope: Scope;
  readonly queue: EventObject[] = [];
  context: unknown;
  children: Children;
  /** XState copies the snapshot: what it is told apart by from the one before, if by nothing else. */
  copied = false;
  ownSpawn: Spawn | undefined;
  readonly runs: boolean;
  readonly implementations: Implementations;
  output: unknown;
  done = false;
  bornContext: unknown;
  bornChildren: Children;

  /** @param runs the actor runs: actions happen at once; otherwise they are kept for its start */
  constructor(
    snapshot: Snapshot,
    event: EventObject,
    scope: Scope,
    runs: boolean,
    implementations: Implementations,
  ) {
    this.snapshot = snapshot;
    this.event = event;
    this.scope = scope;
    this.context = snapshot.context;
    this.children = snapshot.children as Children;
    this.bornContext = this.context;
    this.bornChildren = this.children;
    this.runs = runs;
    this.implementations = implementations;
  }

  /** Takes the next raised event for this step's; false when there is none. */
  shift(): boolean {
    const raised = this.queue.shift();
    if (raised === undefined) return false;
    this.event = raised;
    return true;
  }

  /** The context that a factory makes of the input. */
  create(factory: ContextFactory, input: unknown): void {
    const made = factory({ spawn: this.spawn, input, self: this.scope.self });
    this.context = { ...(this.context as object), ...made };
    this.bornContext = this.context;
    this.bornChildren = this.children;
  }

  /** The snapshot of an actor whose making failed: as it was before its first step. */
  failed(blank: Snapshot, error: unknown): Snapshot {
    this.snapshot = blank;
    this.context = this.bornContext;
    this.children = this.bornChildren;
    this.output = undefined;
    return { ...this.between(), status: 'error', error } as unknown as Snapshot;
  }

  /** One microstep. */
  take({ operations, to }: Candidate): void {
    for (let i = 0; i < operations.length; i++) this.do(operations[i] as Operation);
    const { _nodes } = this.snapshot;
    const same = to.nodes === _nodes || sameNodes(to.nodes, _nodes);
    if (same && !this.copied) return;
    this.copied = false;
    this.snapshot = this.successor(same ? undefined : to);
    if (this.done) this.stopChildren();
  }

  /** What it spawns becomes a child of the snapshot. */
  get spawn(): Spawn {
    this.ownSpawn ??= (source, options) => {
      const child = this.spawner()(source, options);
      this.children = { ...this.children, [child.id]: child };
      return child;
    };
    return this.ownSpawn;
  }

  /** XState's own spawner, which is given to assigners only. */
  spawner(): Spawn {
    let native: unknown;
    const probe = assign(({ spawn }) => {
      native = spawn;
      return {};
    });
    this.resolve(probe as unknown as ActionFunction, undefined, this.between());
    return native as Spawn;
  }

  do(operation: Operation): void {
    switch (operation.kind) {
      case 'custom':
        this.custom(operation);
        break;
      case 'assign':
        this.assign(operation);
        break;
      case 'builtin':
        this.builtin(operation.action, operation.params);
        break;
      case 'done-state': {
        const { parent, final } = operation;
        const output = final.output === undefined ? undefined : this.outputOf(final, this.event);
        this.queue.push({ type: `xstate.done.state.${parent.id}`, output } as EventObject);
        break;
      }
      case 'complete':
        this.complete(operation.final);
        break;
      default:
        operation satisfies never;
    }
  }

  custom({ run, params, type }: Operation & { kind: 'custom' }): void {
    const info = this.arguments();
    const given = this.paramsOf(params);
    if (this.runs) run?.(info, given);
    else this.scope.actionExecutor({ type, info, params: given, exec: run });
  }

  assign({ action, params, keys }: Operation & { kind: 'assign' }): void {
    const given = this.paramsOf(params);
    if (!this.context) {
      // XState words the error.
      this.builtin(action, given);
      return;
    }
    this.copied = true;
    const args = new AssignArguments(this);
    const assignment = action.assignment as Record<string, unknown>;
    if (keys === undefined) {
      const update = (assignment as unknown as Assigner)(args, given);
      this.context = { ...(this.context as object), ...(update as object) };
      return;
    }
    const next: Record<string, unknown> = { ...this.context };
    for (const key of keys) {
      const value = assignment[key];
      next[key] = typeof value === 'function' ? (value as Assigner)(args, given) : value;
    }
    this.context = next;
  }

  builtin(action: ActionFunction, params: unknown): void {
    const given = this.paramsOf(params);
    const before = this.between();
    const [next, resolved, actions] = this.resolve(action, given, before);
    if (next !== before) this.copied = true;
    this.context = next.context;
    this.children = next.children as Children;
    const { execute, type = '' } = action;
    if (execute !== undefined) {
      if (this.runs) execute(this.scope, resolved);
      else {
        const exec = () => execute(this.scope, resolved);
        this.scope.actionExecutor({ type, info: this.arguments(), params: resolved, exec });
      }
    }
    for (const nested of actions ?? []) this.nested(nested);
  }

  /** An action that another one asked for while it ran. */
  nested(action: Action): void {
    this.do(operationOf(action, this.implementations));
  }

  resolve(action: ActionFunction, params: unknown, before: Snapshot) {
    const extra = { internalQueue: this.queue, deferredActorIds: undefined };
    const { resolve } = action as Required<ActionFunction>;
    return resolve(this.scope, before, this.arguments(), params, action, extra);
  }

  complete(final: Node): void {
    const { machine } = this.snapshot;
    const root = machine.root as unknown as Node;
    this.done = true;
    this.copied = true;
    if (root.output === undefined) return;
    const output = final.output === undefined ? undefined : this.outputOf(final, this.event);
    const event = { type: `xstate.done.state.${final.id}`, output } as EventObject;
    this.output = this.outputOf(root, event);
  }

  outputOf({ output }: Node, event: EventObject): unknown {
    if (typeof output !== 'function') return output;
    return (output as Assigner)({ context: this.context, event, self: this.scope.self }, undefined);
  }

  stopChildren(): void {
    for (const child of Object.values(this.children)) {
      this.builtin(stopChild(child as never) as unknown as ActionFunction, undefined);
    }
    this.children = this.snapshot.children as Children;
  }

  arguments(): Record<string, unknown> {
    const { self, system } = this.scope;
    return { context: this.context, event: this.event, self, system };
  }

  paramsOf(params: unknown): unknown {
    if (typeof params !== 'function') return params;
    return params({ context: this.context, event: this.event });
  }

  /** Within a step: the new context, but still the old configuration. */
  between(): Snapshot {
    return this.successor(undefined, 'active');
  }

  successor(
    to: Configuration | undefined,
    status: string = this.done ? 'done' : this.snapshot.status,
  ): Snapshot {
    return new NextSnapshot(this.snapshot, to, status, this.output, this.context, this.children);
  }
}

/**
 * The snapshot after another: as plain as XState's own, but not made by a literal. V8 soon takes what
 * long-lived literals make for old from birth; then each that comes keeps the dead before it alive
 * until the next whole collection, and with 100,000 live actors one costs twice as much.
 *
 * @param to undefined to stay where it is
 */
const NextSnapshot = function (
  this: Record<string, unknown>,
  previous: Snapshot,
  to: Configuration | undefined,
  status: string,
  output: unknown,
  context: unknown,
  children: Children,
) {
  // The fields in XState's order, so that all snapshots have one shape.
  this.status = status;
  this.output = output;
  this.error = undefined;
  this.machine = previous.machine;
  this.context = context;
  this._nodes = to === undefined ? previous._nodes : to.nodes;
  this.value = to === undefined ? previous.value : to.value;
  this.tags = to === undefined ? previous.tags : to.tags;
  this.children = children;
  this.historyValue = previous.historyValue;
  this.matches = previous.matches;
  this.hasTag = previous.hasTag;
  this.can = previous.can;
  this.getMeta = previous.getMeta;
  this.toJSON = previous.toJSON;
} as unknown as new (
  previous: Snapshot,
  to: Configuration | undefined,
  status: string,
  output: unknown,
  context: unknown,
  children: Children,
) => Snapshot;
NextSnapshot.prototype = Object.prototype;

type Assigner = (args: unknown, params: unknown) => unknown;

function sameNodes(a: readonly Node[], b: readonly Node[]): boolean {
  return a.length === b.length && a.every((node) => b.includes(node));
}
