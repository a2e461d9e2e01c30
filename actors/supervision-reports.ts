import {
  type ExitReason,
  type ReportContext,
  recordOf,
  reportedReason,
  type TroupeError,
} from '../src/model/index.ts';
import type { Clock, EventSink } from '../src/ports/index.ts';
import type { DeadLetter } from '../src/statechart/index.ts';
import type { SupervisedChild } from './supervised-child.ts';

/** What a supervisor tells the world of its children. */
export class SupervisionReports {
  readonly #supervisor: string;
  readonly #clock: Clock;
  readonly #sink: EventSink;

  constructor(supervisor: string, clock: Clock, sink: EventSink) {
    this.#supervisor = supervisor;
    this.#clock = clock;
    this.#sink = sink;
  }

  report(context: ReportContext, child: SupervisedChild, reason: ExitReason): void {
    this.#sink.publish({
      type: 'supervisor.report',
      supervisor: this.#supervisor,
      context,
      reason: reportedReason(reason),
      offender: child.offender,
      time: this.#clock.wallTime(),
    });
  }

  restarted({ spec, restarts, lastReason }: SupervisedChild): void {
    this.#sink.publish({
      type: 'child.restarted',
      supervisor: this.#supervisor,
      child: spec.id,
      reason: lastReason ?? 'normal',
      restarts,
      time: this.#clock.wallTime(),
    });
  }

  quarantined(child: string): void {
    const time = this.#clock.wallTime();
    this.#sink.publish({ type: 'child.quarantined', supervisor: this.#supervisor, child, time });
  }

  escalated(child: string, failure: TroupeError): void {
    this.#sink.publish({
      type: 'supervisor.escalated',
      supervisor: this.#supervisor,
      child,
      error: recordOf(failure),
      time: this.#clock.wallTime(),
    });
  }

  deadLetter({ target, event }: DeadLetter): void {
    const actor = String((target as { id?: unknown }).id);
    const time = this.#clock.wallTime();
    this.#sink.publish({ type: 'actor.dead_letter', actor, event: event.type, time });
  }

  observerDropped(error: unknown): void {
    const time = this.#clock.wallTime();
    this.#sink.publish({ type: 'actor.observer_dropped', error: recordOf(error), time });
  }
}
