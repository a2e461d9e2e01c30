import type { Configuration } from './configuration.ts';
import { goesOn, type Plan, type Planner } from './plan.ts';

const MAX_TYPES = 256;

/** A configuration with the plans made for it so far. */
export class PlannedConfiguration {
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
