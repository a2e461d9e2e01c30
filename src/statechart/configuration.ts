import type { Node } from './xstate-internals.ts';

/** A set of active states, of which there is one object each: what a plan starts from or leads to. */
export interface Configuration {
  readonly leaf: Node;
  /** From the root to the leaf. */
  readonly nodes: readonly Node[];
  readonly value: unknown;
  readonly tags: ReadonlySet<string>;
}

/**
 * The configuration whose innermost state is this one, or undefined where there is none: below a
 * parallel state there are several innermost ones, and history is no place to be.
 */
export function configurationOf(leaf: Node): Configuration | undefined {
  const nodes: Node[] = [];
  for (let node: Node | undefined = leaf; node !== undefined; node = node.parent)
    nodes.unshift(node);
  if (!nodes.every(isPlain) || leaf.type === 'compound') return undefined;
  return {
    leaf,
    nodes,
    value: stateValueOf(nodes),
    tags: new Set(nodes.flatMap(({ tags }) => tags)),
  };
}

/** The one innermost state of an active set, or undefined when there are several. */
export function leafOf(nodes: readonly Node[]): Node | undefined {
  const leaves = nodes.filter(({ type }) => type === 'atomic' || type === 'final');
  return leaves.length === 1 ? leaves[0] : undefined;
}

/** An invoked child, a parallel state or history is XState's own business; so are oddities. */
export function isPlain(node: Node): boolean {
  const { type, invoke, parent } = node;
  if (type === 'parallel' || type === 'history' || invoke.length > 0) return false;
  // A leaf by name may have children, and a machine may be nothing but a final state.
  if ((type === 'compound') !== hasChildren(node)) return false;
  if (type === 'final' && parent === undefined) return false;
  return ![...node.transitions.keys()].some(isOddDescriptor);
}

function hasChildren({ states }: Node): boolean {
  return Object.keys(states).length > 0;
}

/** Whether a state remembers on its exit what was active in it. */
export function remembers({ states }: Node): boolean {
  return Object.values(states).some(({ type }) => type === 'history');
}

/** Such as `a.*.b.*`: it matches nothing, and in development XState warns of it whenever it is asked. */
function isOddDescriptor(descriptor: string): boolean {
  return descriptor.endsWith('.*') && descriptor.indexOf('*') < descriptor.length - 1;
}

/** `'leaf'`, `{ parent: 'leaf' }` and so on; the root has no name in it. */
function stateValueOf(nodes: readonly Node[]): unknown {
  const path = nodes.slice(1).map(({ key }) => key);
  const innermost = path.pop();
  if (innermost === undefined) return {};
  return path.reduceRight<unknown>((value, key) => ({ [key]: value }), innermost);
}
