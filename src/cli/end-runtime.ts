import type { Logger, Runtime } from '../index.ts';
import { ExitCode } from './exit.ts';

/**
 * Shuts a runtime down and tells the log how it went.
 * @returns the exit code
 */
export async function endRuntime(
  runtime: Runtime,
  reason: string,
  logger: Logger,
): Promise<number> {
  logger.info({ reason, executions: runtime.query.health().executions }, 'shutting down');
  const { overran, errors, elapsed } = await runtime.shutdown({ reason });
  for (const { phase, error } of errors) {
    logger.error({ phase, err: error }, 'the shutdown met an error');
  }
  if (overran.length > 0) logger.warn({ overran }, 'what was still running has been cut short');
  logger.info({ elapsed: Math.round(elapsed) }, 'shut down');
  // It is over time only where a thread that was ended did not end.
  if (overran.includes('closing')) return ExitCode.killed;
  return errors.length > 0 ? ExitCode.failed : ExitCode.inOrder;
}
