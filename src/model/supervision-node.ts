import type { ChildType } from './child-spec.ts';

/** One node of the supervision tree, as it stands. */
export interface SupervisionNode {
  readonly id: string;
  readonly type: ChildType;
  /**
   * The state of its chart, or `running` for what has none; `starting`, `restarting`, `stopping`,
   * `stopped` and `quarantined` are its supervisor's words for it.
   */
  readonly status: string;
  /** How often it was restarted. */
  readonly restarts: number;
  /** Why it ended before, the latest last: the last few times. Left out when it never did. */
  readonly history?: readonly PastEnd[];
  readonly children?: readonly SupervisionNode[];
}

/** One end of a supervised child that was not its supervisor's wish. */
export interface PastEnd {
  /** Wall-clock milliseconds since 1970. */
  readonly time: number;
  /** The exit reason's kind, or `start_failed`. */
  readonly reason: string;
  /** Of the error, if there was one. */
  readonly message?: string;
}
