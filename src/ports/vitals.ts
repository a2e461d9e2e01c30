/** How the process does, as its system tells. */
export interface Vitals {
  /** Begins to measure; called again after a stop, it begins anew. */
  start(): void;
  stop(): void;
  /** Milliseconds by which the event loop was late: the 99th percentile since the last call. */
  eventLoopDelay(): number;
  /**
   * The share of the time since the last call that the event loop was busy, 0 to 1; 0 as long as
   * there is too little time to tell.
   */
  eventLoopUtilization(): number;
  /** Bytes that the process holds, buffers and threads included, and those that it may hold. */
  memory(): { readonly rss: number; readonly limit: number };
  /** Bytes of the main thread's heap. */
  heap(): { readonly used: number; readonly limit: number };
}
