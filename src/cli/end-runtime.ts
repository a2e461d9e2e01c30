import { exitCodeOf, type Logger, type Runtime } from '../index.ts';

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
  const report = await runtime.shutdown({ reason });
  const { overran, errors, zombies, elapsed } = report;
  for (const { phase, task, error } of errors) {
    logger.error({ phase, task, err: error }, 'the shutdown met an error');
  }
  if (overran.length > 0) logger.warn({ overran }, 'what was still running has been cut short');
  if (zombies > 0) logger.warn({ zombies }, 'threads are held by native calls');
  logger.info({ elapsed: Math.round(elapsed) }, 'shut down');
  return exitCodeOf(report);
}
