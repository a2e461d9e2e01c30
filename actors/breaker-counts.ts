/** Outcomes, added up. */
class Counts {
  calls = 0;
  failures = 0;
  slow = 0;

  add(failed: boolean, slow: boolean): void {
    this.calls++;
    if (failed) this.failures++;
    if (slow) this.slow++;
  }
}

/** Everything that a breaker has seen. */
export class Totals extends Counts {
  rejected = 0;
  cancelled = 0;
  ignored = 0;
  opened = 0;
}

/** The probes of one half-open time. */
export class Probes extends Counts {
  inFlight = 0;
  /** When the first of those under way began. */
  since = 0;
}
