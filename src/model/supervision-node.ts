import type { ChildType } from './child-spec.ts';

/** One node of the supervision tree, as it stands. */
export interface SupervisionNode {
  readonly id: string;
  readonly type: ChildType;
  /** The state of its chart, or `running` and `stopped` for what has none. */
  readonly status: string;
  /** How often it was restarted. */
  readonly restarts: number;
  readonly children?: readonly SupervisionNode[];
}
