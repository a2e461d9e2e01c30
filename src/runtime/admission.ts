import { checkCount, checkNames, invalidOption, onAbort, TroupeError } from '../model/index.ts';
import { AdmissionControl, type Waiter } from '../schedule/index.ts';

const OVERFLOWS = ['reject', 'wait', 'shed'] as const;

/**
 * What becomes of an execution for which there is no room: it is turned away and told when to come again;
 * it waits to be accepted; or it takes the place of one of lower priority.
 */
export type Overflow = (typeof OVERFLOWS)[number];

/** What becomes of executions beyond `maxExecutions`. */
export interface AdmissionOptions {
  /**
   * - `reject`: it is `Overloaded`, and `details.retryAfter` says in how many milliseconds there should
   *   be room, by the rate at which executions end.
   * - `wait`: its caller waits until it is accepted, the highest priority first. Its `timeout` has not
   *   begun by then; its `signal` ends the wait.
   * - `shed`: an execution of a lower priority is `Overloaded` in its stead, of which nothing has begun
   *   yet: the lowest, and of those the one that came last. If there is none it is turned away itself.
   *
   * @default 'reject'
   */
  readonly overflow?: Overflow;
  /** With `wait`: how many may wait; one more is turned away. @default 1000 */
  readonly maxWaiting?: number;
}

export type ResolvedAdmission = Required<AdmissionOptions>;

/** @throws TroupeError `InvalidOption` */
export function resolveAdmission(options: AdmissionOptions = {}): ResolvedAdmission {
  checkNames(options, ['overflow', 'maxWaiting'], 'admission');
  const { overflow = 'reject', maxWaiting = 1_000 } = options;
  if (!OVERFLOWS.includes(overflow)) {
    throw invalidOption('admission.overflow', OVERFLOWS.join(', '), overflow);
  }
  return { overflow, maxWaiting: checkCount('admission.maxWaiting', maxWaiting, 0) };
}

export interface AdmissionLimits extends ResolvedAdmission {
  /** Executions that may be under way at once. */
  readonly limit: number;
  /** Milliseconds of waiting that count as one step of priority. */
  readonly aging: number | undefined;
}

interface IntakeOptions extends AdmissionLimits {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /**
   * Ends an execution of a lower priority than this, of which nothing has begun, with the error; false
   * when there is none.
   */
  readonly shed: (priority: number, error: () => TroupeError) => boolean;
}

/** A caller that waits to be accepted. */
interface Caller {
  admitted(): void;
  refused(error: unknown): void;
}

/** Lets as many executions in as may be under way, and says what becomes of more. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #control: AdmissionControl<Caller>;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#control = new AdmissionControl(options);
  }

  /** Takes a place; false when there is none to be had at once. */
  enter(): boolean {
    return this.#control.enter();
  }

  /**
   * Takes a place that there is not.
   *
   * @throws (or rejects with) TroupeError `Overloaded`, or what `refusal` makes of an abort
   */
  squeezeIn(
    priority: number,
    signal: AbortSignal | undefined,
    refusal: (signal: AbortSignal) => TroupeError,
  ): void | Promise<void> {
    const { overflow, shed } = this.#options;
    if (overflow === 'wait') return this.#wait(priority, signal, refusal);
    const isShed = overflow === 'shed' && shed(priority, () => this.#overloaded('made room'));
    if (!isShed) throw this.#overloaded('was not accepted');
    this.#control.replace();
  }

  /** An execution has ended. */
  leave(): void {
    this.#control.leave();
    if (this.#control.waiting > 0) this.#letIn();
  }

  /** Turns away all who wait. */
  close(error: TroupeError): void {
    for (const caller of this.#control.clear()) caller.refused(error);
  }

  #letIn(): void {
    for (let caller = this.#control.next(); caller; caller = this.#control.next())
      caller.admitted();
  }

  #wait(
    priority: number,
    signal: AbortSignal | undefined,
    refusal: (signal: AbortSignal) => TroupeError,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      let unlisten = () => {};
      const caller: Caller = {
        admitted: () => {
          unlisten();
          resolve();
        },
        refused: (error) => {
          unlisten();
          reject(error);
        },
      };
      const waiter = this.#control.wait(caller, priority);
      if (waiter === undefined) reject(this.#overloaded('was not accepted'));
      else if (signal !== undefined) {
        unlisten = onAbort(signal, () => this.#giveUp(waiter, refusal(signal)));
      }
    });
  }

  #giveUp(waiter: Waiter<Caller>, error: TroupeError): void {
    if (this.#control.withdraw(waiter)) waiter.item.refused(error);
  }

  #overloaded(what: string): TroupeError {
    const { limit } = this.#options;
    const retryAfter = this.#control.retryAfter();
    const full = `${limit} executions are under way, which is the limit`;
    return new TroupeError(
      'Overloaded',
      `${full}: this one ${what}; try again in ${retryAfter} ms`,
      {
        details: { limit, retryAfter },
      },
    );
  }
}
