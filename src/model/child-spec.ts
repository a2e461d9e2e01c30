import { describe, invalidOption } from './errors.ts';
import { MAX_TIMEOUT } from './timeout.ts';

/**
 * When a child that ended is started again: `permanent` always, `transient` only after an abnormal
 * end, `temporary` never.
 */
export type Restart = 'permanent' | 'transient' | 'temporary';

/** What takes part in a supervision tree: a leaf, or another supervisor. */
export type ChildType = 'worker' | 'supervisor';

/** How a supervisor starts, restarts and stops one child: OTP's child specification. */
export interface ChildSpec<Start> {
  /** Unique among its siblings. */
  readonly id: string;
  /** What is started, and started again. */
  readonly start: Start;
  readonly restart: Restart;
  /** Milliseconds that the child may take to stop, counted from the request; Infinity for no limit. */
  readonly shutdown: number;
  readonly type: ChildType;
}

export type PartialChildSpec<Start> = Pick<ChildSpec<Start>, 'id' | 'start'> &
  Partial<ChildSpec<Start>>;

const RESTARTS: readonly unknown[] = ['permanent', 'transient', 'temporary'];
const TYPES: readonly unknown[] = ['worker', 'supervisor'];

/** OTP's default for a worker; a supervisor gets all the time that its own children need. */
const WORKER_SHUTDOWN = 5_000;

/**
 * Fills in OTP's defaults: permanent, worker, 5,000 ms for a worker and no limit for a supervisor.
 * @throws TroupeError `InvalidOption`
 */
export function resolveChildSpec<Start>(partial: PartialChildSpec<Start>): ChildSpec<Start> {
  const { id, start, restart = 'permanent', type = 'worker' } = partial;
  const { shutdown = type === 'worker' ? WORKER_SHUTDOWN : Number.POSITIVE_INFINITY } = partial;
  if (typeof id !== 'string' || id === '')
    throw invalidOption('id', 'a text that is not empty', id);
  const at = (field: string) => `child ${describe(id)}: ${field}`;
  if (start === undefined || start === null)
    throw invalidOption(at('start'), 'what to start', start);
  if (!RESTARTS.includes(restart)) throw invalidOption(at('restart'), RESTARTS.join(', '), restart);
  if (!TYPES.includes(type)) throw invalidOption(at('type'), TYPES.join(' or '), type);
  if (!isShutdown(shutdown)) {
    throw invalidOption(
      at('shutdown'),
      `milliseconds from 0 to ${MAX_TIMEOUT}, or Infinity`,
      shutdown,
    );
  }
  return { id, start, restart, shutdown, type };
}

function isShutdown(value: unknown): value is number {
  if (value === Number.POSITIVE_INFINITY) return true;
  return typeof value === 'number' && value >= 0 && value <= MAX_TIMEOUT;
}
