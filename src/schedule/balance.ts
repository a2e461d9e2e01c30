import { invalidOption } from '../model/index.ts';

/** A worker, as a balancer sees it. */
export interface WorkerLoad {
  /** Its name, such as `worker-1`; the thread that replaces another has the same. */
  readonly worker: string;
  /** Tasks that it was given and has not answered. */
  readonly inFlight: number;
  /** Milliseconds that these are believed to take. */
  readonly load: number;
  /** The share of the last quarter of a second in which its thread was busy, from 0 to 1. */
  readonly utilisation: number;
}

/** A task that is to be given to a worker. */
export interface BalancedTask {
  /** `module.task` */
  readonly taskId: string;
  readonly priority: number;
  readonly concurrencyKey: string | undefined;
}

/**
 * Chooses which worker gets a task: one of those that it is given, which have room for it, in their
 * order. There is at least one.
 */
export type Balancer = (workers: readonly WorkerLoad[], task: BalancedTask) => WorkerLoad;

/** The worker that holds the least work, by what its tasks were measured to take. */
export const leastLoaded: Balancer = (workers) => lowest(workers, ({ load }) => load);

/** The worker that holds the fewest tasks. */
export const leastBusy: Balancer = (workers) => lowest(workers, ({ inFlight }) => inFlight);

/**
 * The worker whose event loop was least utilised, and of two that are alike the less loaded one. For
 * tasks that leave work behind, such as timers and connections of their own.
 */
export const leastElu: Balancer = (workers) => {
  const { utilisation: least } = lowest(workers, ({ utilisation }) => utilisation);
  return lowest(
    workers.filter(({ utilisation }) => utilisation <= least + ELU_TOLERANCE),
    ({ load }) => load,
  );
};

/** Utilisations that differ by less are alike: they are as old as the last measurement. */
const ELU_TOLERANCE = 0.05;

/** One worker after the other. */
export function roundRobin(): Balancer {
  return weighted({});
}

/**
 * Workers in turn, each as often as its weight says: smooth weighted round robin, as in nginx.
 *
 * @param weights by worker, above 0; others have 1
 * @throws TroupeError `InvalidOption`
 *
 * @example weighted({ 'worker-1': 3 })
 */
export function weighted(weights: Readonly<Record<string, number>>): Balancer {
  if (typeof weights !== 'object' || weights === null) {
    throw invalidOption('weights', 'an object of numbers', weights);
  }
  for (const [worker, weight] of Object.entries(weights)) {
    if (!Number.isFinite(weight) || weight <= 0) {
      throw invalidOption(`weights.${worker}`, 'a number above 0', weight);
    }
  }
  const turns = new Turns(new Map(Object.entries(weights)));
  return (workers) => turns.next(workers);
}

/** What each worker is owed: grows by its weight at each choice, and who is chosen pays for all. */
class Turns {
  readonly #weights: ReadonlyMap<string, number>;
  readonly #credit = new Map<string, number>();

  constructor(weights: ReadonlyMap<string, number>) {
    this.#weights = weights;
  }

  next(workers: readonly WorkerLoad[]): WorkerLoad {
    let total = 0;
    for (const { worker } of workers) {
      const weight = this.#weights.get(worker) ?? 1;
      total += weight;
      this.#credit.set(worker, (this.#credit.get(worker) ?? 0) + weight);
    }
    const chosen = lowest(workers, ({ worker }) => -(this.#credit.get(worker) as number));
    this.#credit.set(chosen.worker, (this.#credit.get(chosen.worker) as number) - total);
    return chosen;
  }
}

/**
 * Tasks of one `concurrencyKey` go to the same worker as long as it has room, then to the same second
 * one, and so on: for what a thread keeps in memory for a key. By rendezvous hashing (D. Thaler,
 * C. Ravishankar, 1998), so that a worker more or less moves only the keys that are its own.
 *
 * @param others chooses for tasks without a key; @default leastLoaded
 */
export function stickyByKey(others: Balancer = leastLoaded): Balancer {
  return (workers, task) => {
    const { concurrencyKey: key } = task;
    if (key === undefined) return others(workers, task);
    return lowest(workers, ({ worker }) => hash(`${worker}\n${key}`));
  };
}

/** The first of those for which the measure is lowest. */
function lowest(
  workers: readonly WorkerLoad[],
  measure: (worker: WorkerLoad) => number,
): WorkerLoad {
  let best = workers[0] as WorkerLoad;
  let least = measure(best);
  for (let i = 1; i < workers.length; i++) {
    const worker = workers[i] as WorkerLoad;
    const value = measure(worker);
    if (value >= least) continue;
    best = worker;
    least = value;
  }
  return best;
}

/** FNV-1a, and the last step of MurmurHash3, without which names that end alike would hash alike. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
