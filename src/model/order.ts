/** Steps of a pipeline, or phases of a shutdown, by name with what each needs. */
type Needs = Readonly<Record<string, { readonly needs?: readonly string[] }>>;

/**
 * The steps in an order in which each comes after what it needs, otherwise as they were written.
 * Steps in or behind a cycle are left out. Kahn's algorithm (A. B. Kahn, 1962): linear in steps and
 * needs.
 */
export function topologicalOrder(steps: Needs): readonly string[] {
  const open = new Map(
    Object.entries(steps).map(([name, step]) => [name, step.needs?.length ?? 0]),
  );
  const order = [...open].filter(([, missing]) => missing === 0).map(([name]) => name);
  const dependents = dependentsOf(steps);
  // `order` grows while it is walked: it is the queue, too.
  for (const name of order) {
    for (const dependent of dependents.get(name) ?? []) {
      const left = (open.get(dependent) as number) - 1;
      open.set(dependent, left);
      if (left === 0) order.push(dependent);
    }
  }
  return order;
}

function dependentsOf(steps: Needs): ReadonlyMap<string, readonly string[]> {
  const dependents = new Map<string, string[]>();
  for (const [name, { needs = [] }] of Object.entries(steps)) {
    for (const need of needs) {
      const list = dependents.get(need);
      if (list === undefined) dependents.set(need, [name]);
      else list.push(name);
    }
  }
  return dependents;
}

/** One cycle, its first step again at the end, or undefined when there is none. */
export function findCycle(steps: Needs): readonly string[] | undefined {
  const left = new Set(Object.keys(steps));
  for (const name of topologicalOrder(steps)) left.delete(name);
  const [start] = left;
  if (start === undefined) return undefined;
  // Whatever is left needs something else that is left: following the needs must come round.
  const path: string[] = [];
  const position = new Map<string, number>();
  let name = start;
  while (!position.has(name)) {
    position.set(name, path.length);
    path.push(name);
    name = steps[name]?.needs?.find((need) => left.has(need)) as string;
  }
  return [...path.slice(position.get(name)), name];
}
