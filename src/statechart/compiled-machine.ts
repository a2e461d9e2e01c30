import { type AnyStateMachine, type EventObject, StateMachine } from 'xstate';
import { type Configuration, leafOf } from './configuration.ts';
import { type Implementations, implementationsOf } from './operations.ts';
import { type Candidate, type Plan, Planner } from './plan.ts';
import { PlannedConfiguration } from './planned-configuration.ts';
import { select } from './select.ts';
import { type ContextFactory, Step } from './step.ts';
import { isInspected, type Node, type Scope, type Snapshot } from './xstate-internals.ts';

/** XState's class for a machine of whose types nothing is known: of those it has fourteen. */
const AnyMachine = StateMachine as unknown as new (
  config: AnyStateMachine['config'],
  implementations: AnyStateMachine['implementations'],
) => AnyStateMachine;

/**
 * A machine whose transitions are planned once per configuration and event type, and then run
 * without XState's set algebra. It is a real XState machine: its snapshots are real, and whatever it
 * does not recognise (parallel states, history, invoked actors), and whatever somebody inspects,
 * goes to XState itself.
 */
export class CompiledMachine extends AnyMachine {
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
    super(machine.config, machine.implementations);
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
