import {
  type Breaker,
  type BreakerMetrics,
  CircuitBreaker,
  type Supervisor,
} from '../../actors/index.ts';
import {
  type BreakerOptions,
  invalidOption,
  isAbnormal,
  type TaskReference,
  TroupeError,
} from '../model/index.ts';
import type { GatedDispatcher } from '../policy/index.ts';
import type { Clock, EventSink, Random } from '../ports/index.ts';

/** What the breakers need of their runtime. */
export interface BreakerSources {
  readonly clock: Clock;
  readonly random: Random;
  readonly sink: EventSink;
  readonly supervisor: Supervisor;
  readonly dispatcher: GatedDispatcher;
  /** Why nothing is made, once nothing is. */
  readonly closed: () => TroupeError | undefined;
}

interface Entry {
  readonly breaker: CircuitBreaker;
  readonly started: Promise<unknown>;
}

/** The circuit breakers of a runtime: by their ids, under their supervisor, and before tasks. */
export class Breakers {
  readonly #sources: BreakerSources;
  readonly #entries = new Map<string, Entry>();

  constructor(sources: BreakerSources) {
    this.#sources = sources;
  }

  /**
   * The breaker of this id; it is made if there is none.
   * @throws TroupeError `DuplicateId` for options where there is one, `InvalidOption`,
   *   `RuntimeClosed`
   */
  async get(id: string, options: BreakerOptions | undefined): Promise<Breaker> {
    this.#demandOpen();
    const entry = this.#entries.get(id);
    if (entry !== undefined && options !== undefined) {
      throw new TroupeError('DuplicateId', `there is a breaker ${id} already`, { details: { id } });
    }
    const { breaker, started } = entry ?? this.#make(id, options);
    await started;
    return breaker;
  }

  /**
   * @throws TroupeError as `get`, `DuplicateId` when the task has a breaker, and `InvalidOption` for a
   *   breaker that is not one of these
   */
  async attach(task: TaskReference, given: BreakerOptions | Breaker | undefined): Promise<Breaker> {
    const { dispatcher } = this.#sources;
    if (isBreaker(given)) {
      this.#demandOpen();
      if (this.#entries.get(given.id)?.breaker !== given) {
        throw invalidOption('breaker', 'one of this runtime that has not been disposed of', given);
      }
      dispatcher.attach(task, given);
      return given;
    }
    // None is made that would stand before nothing.
    dispatcher.demandFree(task);
    const breaker = await this.get(task.id, given);
    dispatcher.attach(task, breaker);
    return breaker;
  }

  /** Undefined where there are none. */
  metrics(): Readonly<Record<string, BreakerMetrics>> | undefined {
    if (this.#entries.size === 0) return undefined;
    return Object.fromEntries(
      [...this.#entries.values()].map(({ breaker }) => [breaker.id, breaker.metrics()]),
    );
  }

  #demandOpen(): void {
    const closed = this.#sources.closed();
    if (closed !== undefined) throw closed;
  }

  #make(id: string, options: BreakerOptions | undefined): Entry {
    const { clock, random, sink, supervisor } = this.#sources;
    const breaker = new CircuitBreaker(id, options, { clock, random, sink });
    const started = supervisor.startChild({
      id,
      restart: 'transient',
      start: (host) =>
        breaker.start({
          exited: (reason) => {
            if (!isAbnormal(reason)) this.#forget(breaker);
            host.exited(reason);
          },
        }),
    });
    const entry = { breaker, started };
    this.#entries.set(id, entry);
    started.catch(() => this.#forget(breaker));
    return entry;
  }

  /** It was disposed of, or never began. */
  #forget(breaker: CircuitBreaker): void {
    this.#sources.dispatcher.detach(breaker);
    if (this.#entries.get(breaker.id)?.breaker === breaker) this.#entries.delete(breaker.id);
  }
}

function isBreaker(value: BreakerOptions | Breaker | undefined): value is Breaker {
  return typeof (value as Partial<Breaker> | undefined)?.admit === 'function';
}
