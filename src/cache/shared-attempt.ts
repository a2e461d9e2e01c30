import type { AnyCachePolicy, CallInfo, TaskReference } from '../model/index.ts';
import type { Job } from '../ports/index.ts';
import type { ResultFilter, ResultName } from './result-store.ts';

/** Whom an attempt answers. */
export interface SharedAttemptOwner {
  attemptSucceeded(attempt: SharedAttempt, output: unknown): void;
  attemptFailed(attempt: SharedAttempt, error: Error): void;
}

/** One attempt of a task, under way for every call that waits for it. */
export class SharedAttempt implements Job {
  readonly name: ResultName;
  readonly policy: AnyCachePolicy;
  readonly task: TaskReference;
  readonly input: unknown;
  readonly priority: number;
  readonly concurrencyKey: string | undefined;
  readonly executor: string | undefined;
  readonly timeout: number;
  readonly queueTimeout: number | undefined;
  ticket: unknown;
  /** In the order in which they came. */
  readonly callers = new Set<Job>();
  isSettled = false;
  /** What was true when it began was taken back since: its result is for nobody else. */
  isStale = false;
  /** Tags that were taken back since; which ones the result has may not be known before its end. */
  #staleTags: Set<string> | undefined;
  readonly #owner: SharedAttemptOwner;
  readonly #first: Job;

  constructor(first: Job, name: ResultName, policy: AnyCachePolicy, owner: SharedAttemptOwner) {
    this.name = name;
    this.policy = policy;
    this.task = first.task;
    this.input = first.input;
    this.priority = first.priority;
    this.concurrencyKey = first.concurrencyKey;
    this.executor = first.executor;
    this.timeout = first.timeout;
    this.queueTimeout = first.queueTimeout;
    this.#owner = owner;
    this.#first = first;
    this.callers.add(first);
  }

  get executionId(): string {
    return this.#leader.executionId;
  }

  /** That of the leader, but for the time it has left: others may have more. */
  get info(): CallInfo | undefined {
    const { info } = this.#leader;
    if (info?.remaining === undefined) return info;
    const { remaining: _, ...shared } = info;
    return shared;
  }

  /** The caller that has waited longest. */
  get #leader(): Job {
    const [leader = this.#first] = this.callers;
    return leader;
  }

  /**
   * A call may join unless it has other limits, would have to wait behind others for its turn (they may
   * hold back one key, and not another), or is to be performed elsewhere.
   */
  suits({ timeout, queueTimeout, priority, concurrencyKey, executor }: Job): boolean {
    const hasSameLimits = timeout === this.timeout && queueTimeout === this.queueTimeout;
    const isInSameLine = concurrencyKey === this.concurrencyKey && executor === this.executor;
    return hasSameLimits && isInSameLine && priority <= this.priority;
  }

  /**
   * Something was taken back.
   * @returns true when the result may be among it, so that no later call should have it
   */
  takeBack({ task, key, tag }: ResultFilter): boolean {
    if (task !== undefined && task !== this.name.task) return false;
    if (key !== undefined && key !== this.name.key) return false;
    if (tag === undefined) {
      this.isStale = true;
      return true;
    }
    const { tags = [] } = this.policy;
    if (typeof tags !== 'function' && !tags.includes(tag)) return false;
    this.#staleTags ??= new Set();
    this.#staleTags.add(tag);
    return true;
  }

  /** Whether a result of these tags is still true. */
  mayKeep(tags: readonly string[]): boolean {
    const stale = this.#staleTags;
    return !this.isStale && (stale === undefined || !tags.some((tag) => stale.has(tag)));
  }

  succeeded(output: unknown): void {
    this.#owner.attemptSucceeded(this, output);
  }

  failed(error: Error): void {
    this.#owner.attemptFailed(this, error);
  }

  progressed(value: unknown): void {
    for (const caller of this.callers) caller.progressed(value);
  }

  emitted(name: string, value: unknown): void {
    for (const caller of this.callers) caller.emitted?.(name, value);
  }
}
