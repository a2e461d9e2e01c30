import type { RuntimeEvent } from '../model/index.ts';

/** Where events go once they are recorded. Must not throw; is told on the hot path, so returns fast. */
export interface EventSink {
  publish(event: RuntimeEvent): void;
}
