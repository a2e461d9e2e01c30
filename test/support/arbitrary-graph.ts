import fc from 'fast-check';

export type Needs = Record<string, { readonly needs: readonly string[] }>;

/** One step of a graph needs another. */
type Edge = readonly [step: number, need: number];

/** Written down in any order: what a step needs may come after it. */
function written(size: number, edges: readonly Edge[]): fc.Arbitrary<Needs> {
  const steps = Array.from({ length: size }, (_, i) => {
    const needs = edges.filter(([step]) => step === i).map(([, need]) => `s${need}`);
    return [`s${i}`, { needs }] as const;
  });
  return fc
    .shuffledSubarray(steps, { minLength: size, maxLength: size })
    .map((shuffled) => Object.fromEntries(shuffled));
}

/** @param density edges drawn for each step, before those are taken out that may not be */
function graph(
  maxSize: number,
  density: number,
  mayNeed: (edge: Edge) => boolean,
): fc.Arbitrary<Needs> {
  return fc.integer({ min: 1, max: maxSize }).chain((size) => {
    const step = fc.nat(size - 1);
    const maxLength = Math.ceil(size * density);
    return fc
      .uniqueArray(fc.tuple(step, step), { maxLength, size: 'max', selector: String })
      .chain((edges) => written(size, edges.filter(mayNeed)));
  });
}

/** Steps without a cycle. */
export const acyclic = graph(12, 4, ([step, need]) => need < step);

/** Steps that need any steps: some have cycles, some have none. */
export const anyGraph = graph(8, 1.5, ([step, need]) => need !== step);

/** Steps that may even need themselves. */
export const anyGraphWithLoops = graph(8, 1, () => true);
