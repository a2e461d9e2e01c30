import { type Configuration, configurationOf, isPlain, remembers } from './configuration.ts';
import {
  type Condition,
  conditionOf,
  type Implementations,
  isQuiet,
  type Operation,
  operationOf,
} from './operations.ts';
import type { Node, Transition } from './xstate-internals.ts';

/** One transition from one configuration, with everything that it does in order. */
export interface Candidate {
  readonly condition: Condition | undefined;
  readonly source: Node;
  readonly operations: readonly Operation[];
  /** Where it leads; the same configuration when it has no target. */
  readonly to: Configuration;
  /** The step ends with it: nothing is raised and no eventless transition can follow. */
  readonly quiet: boolean;
}

/** What may happen on one event type in one configuration: the first whose condition holds. */
export type Plan = readonly Candidate[];

/**
 * Makes plans of a machine's transitions, as SCXML's algorithm would choose and order them, for
 * configurations with one innermost state. What it does not recognise has no plan, and neither has
 * what XState refuses: a machine may name states that do not exist and never come to them.
 *
 * The algorithm is that of "State Chart XML (SCXML)", W3C Recommendation of 2015, appendix D, in
 * XState's reading: a transition is internal unless it says `reenter`.
 */
export class Planner {
  readonly #implementations: Implementations;
  readonly #configurations = new Map<Node, Configuration | undefined>();

  constructor(implementations: Implementations) {
    this.#implementations = implementations;
  }

  /** The one object for this configuration. */
  configuration(leaf: Node): Configuration | undefined {
    if (!this.#configurations.has(leaf)) this.#configurations.set(leaf, configurationOf(leaf));
    return this.#configurations.get(leaf);
  }

  /** The plan of an event; undefined when a transition on the way is not recognised. */
  onEvent(from: Configuration, type: string): Plan | undefined {
    return attempt(() =>
      this.#plan(
        from,
        from.nodes.toReversed().flatMap((node) => matching(node, type)),
      ),
    );
  }

  /** The plan of what follows without an event. */
  eventless(from: Configuration): Plan | undefined {
    return attempt(() =>
      this.#plan(
        from,
        from.nodes.toReversed().flatMap(({ always = [] }) => always),
      ),
    );
  }

  /** Every entry from nothing to the initial configuration; undefined when not recognised. */
  initial(root: Node): Candidate | undefined {
    return attempt(() => {
      const path = descend(root);
      const to = path && this.configuration(path[path.length - 1] as Node);
      if (path === undefined || to === undefined) return undefined;
      return this.#candidate(root, undefined, this.#enter(path, new Set(path)), to);
    });
  }

  /** True when every transition of every state is recognised, however the machine is used. */
  recognises(root: Node): boolean {
    if (this.initial(root) === undefined) return false;
    for (const node of descendants(root)) {
      if (!isPlain(node)) return false;
      const from = node.type === 'compound' ? undefined : this.configuration(node);
      if (from !== undefined && !this.#recognisesAllFrom(from)) return false;
    }
    return true;
  }

  #recognisesAllFrom(from: Configuration): boolean {
    const types = new Set(from.nodes.flatMap(({ transitions }) => [...transitions.keys()]));
    for (const type of types) if (this.onEvent(from, type) === undefined) return false;
    return this.eventless(from) !== undefined;
  }

  #plan(from: Configuration, transitions: readonly Transition[]): Plan | undefined {
    const plan: Candidate[] = [];
    for (const transition of transitions) {
      const candidate = this.#transition(from, transition);
      if (candidate === undefined) return undefined;
      plan.push(candidate);
      if (transition.guard === undefined) break;
    }
    return plan;
  }

  #transition(from: Configuration, transition: Transition): Candidate | undefined {
    const { source, target: targets = [], guard } = transition;
    const condition = guard === undefined ? undefined : conditionOf(guard, this.#implementations);
    if (guard !== undefined && condition === undefined) return undefined;
    const own = this.#operations(transition.actions);
    const [target] = targets;
    if (target === undefined) return this.#candidate(source, condition, own, from);
    if (targets.length > 1) return undefined;
    const route = routeOf(from, transition, target);
    const to = route && this.configuration(route.leaf);
    if (route === undefined || to === undefined) return undefined;
    const leave = route.exits.flatMap(({ exit }) => this.#operations(exit));
    const enter = this.#enter(route.entries, route.defaults);
    return this.#candidate(source, condition, [...leave, ...own, ...enter], to);
  }

  #candidate(
    source: Node,
    condition: Condition | undefined,
    entering: readonly Operation[],
    to: Configuration,
  ): Candidate {
    const completes = entering.some(({ kind }) => kind === 'complete');
    // A machine that is done leaves all its states, the innermost first; XState keeps that order.
    const last = completes ? fromWithin(to) : to;
    const leaving = completes ? last.nodes.flatMap(({ exit }) => this.#operations(exit)) : [];
    const operations = [...entering, ...leaving];
    const { delays } = this.#implementations;
    const quiet =
      completes ||
      (operations.every((operation) => isQuiet(operation, delays)) && !to.nodes.some(goesOn));
    return { source, condition, operations, to: last, quiet };
  }

  #enter(entries: readonly Node[], defaults: ReadonlySet<Node>): Operation[] {
    return entries.flatMap((node) => {
      const initial = defaults.has(node) && node.type === 'compound' ? node.initial.actions : [];
      const operations = this.#operations([...node.entry, ...initial]);
      return node.type === 'final' ? [...operations, ...completion(node)] : operations;
    });
  }

  #operations(actions: readonly Transition['actions'][number][]): Operation[] {
    return actions.map((action) => operationOf(action, this.#implementations));
  }
}

/** What XState refuses, it must refuse itself and when it comes to it: nothing is planned then. */
function attempt<T>(plan: () => T | undefined): T | undefined {
  try {
    return plan();
  } catch {
    return undefined;
  }
}

/** True for a state with transitions that need no event. */
export function goesOn({ always = [] }: Node): boolean {
  return always.length > 0;
}

function fromWithin({ leaf, nodes, value }: Configuration): Configuration {
  const reversed = nodes.toReversed();
  return { leaf, nodes: reversed, value, tags: new Set(reversed.flatMap(({ tags }) => tags)) };
}

/** Which of a node's transitions an event may take: exact first, then the longest wildcard. */
function matching({ transitions }: Node, type: string): readonly Transition[] {
  const exact = transitions.get(type) ?? [];
  const wild = [...transitions.keys()]
    .filter((descriptor) => descriptor !== type && matches(type, descriptor))
    .sort((a, b) => b.length - a.length)
    .flatMap((descriptor) => transitions.get(descriptor) ?? []);
  return [...exact, ...wild];
}

/** `*` matches everything; `a.b.*` matches `a.b` and all below it. */
function matches(type: string, descriptor: string): boolean {
  if (descriptor === '*') return true;
  if (!descriptor.endsWith('.*')) return false;
  const wanted = descriptor.slice(0, -2).split('.');
  const given = type.split('.');
  return wanted.every((token, index) => token === given[index]);
}

/** What is left and entered on the way from a configuration to a target. */
interface Route {
  /** The innermost first. */
  readonly exits: readonly Node[];
  /** The outermost first. */
  readonly entries: readonly Node[];
  /** Those of the entered states whose initial transition is taken. */
  readonly defaults: ReadonlySet<Node>;
  readonly leaf: Node;
}

function routeOf(from: Configuration, transition: Transition, target: Node): Route | undefined {
  const { source, reenter } = transition;
  const path = descend(target);
  if (path === undefined) return undefined;
  const domain = domainOf(transition, target);
  const exits = from.nodes.filter((node) => isBelow(node, domain)).reverse();
  if (exits.some(remembers)) return undefined;
  const below = path.slice(1);
  const enters = source !== target || source !== domain || reenter;
  const ancestors = ancestorsOf(target).filter((node) => isBelow(node, domain));
  const entries = [...ancestors.reverse(), ...(enters ? [target] : []), ...below];
  const defaults = new Set(enters ? path : below);
  return { exits, entries, defaults, leaf: path[path.length - 1] as Node };
}

/** The state within which a transition happens: it stays active. Undefined when even the root is left. */
function domainOf({ source, reenter }: Transition, target: Node): Node | undefined {
  if (!reenter && (target === source || isBelow(target, source))) return source;
  const common = ancestorsOf(target).find((ancestor) => isBelow(source, ancestor));
  if (common !== undefined) return common;
  return reenter ? undefined : rootOf(source);
}

/** A state and its initial states down to the innermost; undefined for what is not recognised. */
function descend(node: Node): Node[] | undefined {
  const path = [node];
  for (let at = node; at.type === 'compound'; ) {
    const [initial] = at.initial.target;
    if (initial === undefined || initial.parent !== at) return undefined;
    path.push(initial);
    at = initial;
  }
  return path.every(isPlain) ? path : undefined;
}

function completion(final: Node): Operation[] {
  const { parent } = final;
  if (parent === undefined) return [];
  const done: Operation = { kind: 'done-state', parent, final };
  return parent.parent === undefined ? [done, { kind: 'complete', final }] : [done];
}

/** The innermost first. */
function ancestorsOf(node: Node): Node[] {
  const ancestors: Node[] = [];
  for (let at = node.parent; at !== undefined; at = at.parent) ancestors.push(at);
  return ancestors;
}

/** Everything is below nothing. */
function isBelow(node: Node, ancestor: Node | undefined): boolean {
  return ancestor === undefined || ancestorsOf(node).includes(ancestor);
}

function rootOf(node: Node): Node {
  return ancestorsOf(node).at(-1) ?? node;
}

function* descendants(node: Node): Generator<Node> {
  yield node;
  for (const child of Object.values(node.states)) yield* descendants(child);
}
