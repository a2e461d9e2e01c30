import fc from 'fast-check';
import { expect } from 'vitest';
import { cancel, close, SessionHost, turn } from './session-host.ts';

/** What is done to a session; numbers choose among the jobs that there are. */
export type Move =
  | { readonly kind: 'run'; readonly tasks: readonly string[] }
  | { readonly kind: 'cancel'; readonly pick: number }
  | { readonly kind: 'settle' }
  | { readonly kind: 'turn' };

const taskNames = ['quick', 'slow', 'throws', 'waits', 'rejects', 'unfit'] as const;

export const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({
    kind: fc.constant('run' as const),
    tasks: fc.array(fc.constantFrom(...taskNames), { minLength: 1, maxLength: 5 }),
  }),
  fc.record({ kind: fc.constant('cancel' as const), pick: fc.nat() }),
  fc.record({ kind: fc.constant('settle' as const) }),
  fc.record({ kind: fc.constant('turn' as const) }),
);

/** Plays any moves against a session and keeps what its tasks saw. */
export class Play {
  readonly ran: number[] = [];
  readonly jobs: string[] = [];
  readonly host: SessionHost;
  #running = 0;
  #settle: (() => void) | undefined;

  constructor() {
    this.host = new SessionHost({
      quick: (job: number) => this.#enter(job, () => `quick ${job}`),
      slow: (job: number) =>
        this.#enter(job, () => {
          this.host.now += 0.7;
          return `slow ${job}`;
        }),
      throws: (job: number) =>
        this.#enter(job, () => {
          throw new Error(`throws ${job}`);
        }),
      waits: (job: number) => this.#wait(job, (done) => done(`waits ${job}`)),
      rejects: (job: number) => this.#wait(job, (_done, fail) => fail(new Error(`rejects ${job}`))),
      unfit: (job: number) => this.#enter(job, () => () => {}),
    });
  }

  /** What was answered, in the order of jobs. */
  get answers(): readonly (readonly [job: number, what: unknown])[] {
    return [...this.host.answers].sort(([a], [b]) => a - b);
  }

  /** What should be: a job that ran tells its own end, any other was cancelled. */
  get expectedAnswers(): readonly unknown[] {
    return this.jobs.map((name, i) => {
      const job = i + 1;
      if (!this.ran.includes(job)) return [job, `cancelled ${job}`];
      return [job, name === 'unfit' ? expect.stringContaining('a function') : `${name} ${job}`];
    });
  }

  async play(moves: readonly Move[]): Promise<void> {
    for (const step of moves) await this.#move(step);
    this.host.deliver(close);
    while (!this.host.closed) {
      this.#settle?.();
      await turn();
    }
    await this.host.session.closed;
  }

  async #move(step: Move): Promise<void> {
    switch (step.kind) {
      case 'run':
        this.host.deliver(
          ...step.tasks.map((name) => {
            const job = this.jobs.push(name);
            return this.host.run(job, name, job);
          }),
        );
        break;
      case 'cancel': {
        const job = this.jobs.length === 0 ? 1 : 1 + (step.pick % this.jobs.length);
        this.host.deliver(cancel(job, new Error(`cancelled ${job}`)));
        break;
      }
      case 'settle':
        this.#settle?.();
        await turn();
        break;
      default:
        await turn();
    }
  }

  #enter<T>(job: number, act: () => T): T {
    expect(this.#running, 'two tasks at once').toBe(0);
    this.ran.push(job);
    this.#running++;
    try {
      return act();
    } finally {
      this.#running--;
    }
  }

  #wait(job: number, end: (done: (value: string) => void, fail: (error: Error) => void) => void) {
    expect(this.#running, 'two tasks at once').toBe(0);
    this.ran.push(job);
    this.#running++;
    return new Promise<string>((done, fail) => {
      this.#settle = () => {
        this.#settle = undefined;
        this.#running--;
        end(done, fail);
      };
    });
  }
}
