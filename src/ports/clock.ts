/** A timer that was set; only its clock can read it. */
export type TimerHandle = unknown;

/** Time as the runtime knows it: injected, so that a test can move it by hand. */
export interface Clock {
  /** Monotonic milliseconds; only differences mean anything. */
  now(): number;
  /** Wall-clock milliseconds since 1970; may jump. */
  wallTime(): number;
  setTimeout(fn: () => void, ms: number): TimerHandle;
  clearTimeout(handle: TimerHandle): void;
  /**
   * Lets the process end though this timer is set; for what merely watches. A clock without it
   * keeps the process alive.
   */
  unref?(handle: TimerHandle): void;
}
