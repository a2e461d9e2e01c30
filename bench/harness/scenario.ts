/** The contract between a scenario and the harness that plays it. */

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

export type JsonObject = { readonly [key: string]: JsonValue };

/** One program in a scenario: the subject or a peer. */
export interface Contestant {
  /** Unique within its scenario. */
  readonly name: string;
  /** Installed version, or null when the package is not there: then the contestant is skipped. */
  readonly version: string | null;
  /** Handed to the process as `settings` and shown in the report, so that the two cannot differ. */
  readonly settings: JsonObject;
  /** Script that is run in a process of its own; it ends with a call of `contest`. */
  readonly file: URL;
  /** Names of the variants that it plays; all of them without this. */
  readonly variants?: readonly string[];
}

/** One size or shape of a scenario, selected as `scenario/variant`. */
export interface Variant {
  readonly name: string;
  readonly parameters: JsonObject;
  /** Where it is not the scenario's. */
  readonly unit?: string;
  /** Where it is not the scenario's. */
  readonly higherIsBetter?: boolean;
}

export interface Scenario {
  readonly name: string;
  /** One line for `--list`. */
  readonly summary: string;
  /** Unit of the value that each contestant prints, such as `tasks/s`. */
  readonly unit: string;
  readonly higherIsBetter: boolean;
  /** The first one is meant by the scenario's plain name. */
  readonly variants: readonly [Variant, ...Variant[]];
  /** Parameters that all variants share. */
  readonly parameters: JsonObject;
  /** What `--quick` lays over the parameters: enough to see it work, too little to compare. */
  readonly quickParameters: JsonObject;
  /** Milliseconds from the start of a contestant's process until it is killed as hanging. */
  readonly timeLimitMs: number;
  readonly subject: Contestant;
  readonly peers: readonly Contestant[];
}

/** What a contestant's process receives as its one argument. */
export type ContestParameters<Settings> = JsonObject & { readonly settings: Settings };

/** What a contestant's process prints as its one line. */
export interface Answer {
  /** In the scenario's unit; finite and above zero. */
  readonly value: number;
  /** The settings in effect, where the process knows them better than the scenario. */
  readonly settings?: JsonObject;
}
