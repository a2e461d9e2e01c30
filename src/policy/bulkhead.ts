import { checkCount, checkNames, TroupeError } from '../model/index.ts';
import { Admission } from '../schedule/index.ts';
import type { Layer } from './call.ts';
import { WaitingLine } from './waiting-line.ts';

export interface BulkheadOptions {
  /** Calls under way at once. @default 10 */
  readonly concurrency?: number;
  /** Calls that may wait for a place; one more is `Overloaded`. @default 0 */
  readonly queue?: number;
}

/** @see bulkhead */
export interface Bulkhead {
  readonly kind: 'bulkhead';
  readonly concurrency: number;
  readonly queue: number;
}

/**
 * Limits how many calls are under way at once, so that one slow place cannot take everything down
 * (M. Nygard, "Release It!", 2007). Others wait for a place in order of arrival. A call keeps its
 * place until its function has really ended, also when that goes on after its signal aborted.
 *
 * @throws TroupeError `InvalidOption`
 */
export function bulkhead(options: BulkheadOptions = {}): Bulkhead {
  checkNames(options, ['concurrency', 'queue']);
  const { concurrency = 10, queue = 0 } = options;
  checkCount('concurrency', concurrency, 1);
  checkCount('queue', queue, 0);
  return Object.freeze({ kind: 'bulkhead', concurrency, queue });
}

export function bulkheadLayer({ concurrency, queue }: Bulkhead): Layer {
  const places = new Admission(concurrency);
  const line = new WaitingLine();
  const leave = () => {
    // Whoever is next takes the place over: it is never free while somebody waits.
    if (!line.next()) places.leave();
  };
  return async (call, next) => {
    if (!places.enter()) {
      if (line.size >= queue) throw overloaded(concurrency, queue);
      await line.join(call.signal);
    }
    try {
      return await next(call);
    } finally {
      call.runs.onEnd(leave);
    }
  };
}

function overloaded(concurrency: number, queue: number): TroupeError {
  const waiting = queue === 0 ? '' : ` and ${queue} wait`;
  const message = `${concurrency} calls are under way${waiting}, which is the limit; try again later`;
  return new TroupeError('Overloaded', message, { details: { concurrency, queue } });
}
