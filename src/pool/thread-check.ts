import { Worker, type WorkerOptions } from 'node:worker_threads';
import { invalidOption, messageOf } from '../model/index.ts';
import type { PlaceOptions } from './pool-options.ts';

/**
 * That Node would start a thread with these options: it takes fewer than for a process.
 * @throws TroupeError `InvalidOption`
 */
export function checkThreadPlace({ env, execArgv }: PlaceOptions): void {
  const given = env?.NODE_OPTIONS;
  if (
    given !== undefined &&
    refusal({ env: { NODE_OPTIONS: given }, execArgv: [] }) !== undefined
  ) {
    throw invalidOption('env.NODE_OPTIONS', 'options that Node takes from there', given);
  }
  if (execArgv === undefined) return;
  const refused = refusal({ env: { ...env }, execArgv: [...execArgv] });
  if (refused !== undefined) {
    throw invalidOption('execArgv', 'options of Node that a thread can have', refused);
  }
}

/**
 * What Node has against the options of a thread, if anything. It looks at them first, then copies the data
 * for the thread, and starts it last: with data that cannot be copied, it gives its word and starts nothing.
 */
function refusal(options: WorkerOptions): string | undefined {
  try {
    const worker = new Worker('', { ...options, eval: true, workerData: refusal });
    // Not reached, as far as is known.
    worker.on('error', () => {});
    void worker.terminate();
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_WORKER_INVALID_EXEC_ARGV') return undefined;
    // What it names comes last: "Initiated Worker with invalid execArgv flags: --no-such".
    const message = messageOf(error);
    return message.slice(message.indexOf(': ') + 1).trim();
  }
  return undefined;
}
