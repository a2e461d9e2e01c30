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

/** An invoked child, a parallel state or history is XState's own business. */
export function isPlain({ type, invoke }: Node): boolean {
  return type !== 'parallel' && type !== 'history' && invoke.length === 0;
}

/** `'leaf'`, `{ parent: 'leaf' }` and so on; the root has no name in it. */
function stateValueOf(nodes: readonly Node[]): unknown {
  const path = nodes.slice(1).map(({ key }) => key);
  const innermost = path.pop();
  if (innermost === undefined) return {};
  return path.reduceRight<unknown>((value, key) => ({ [key]: value }), innermost);
}
