import { createServer, type HttpServer } from '../http/index.ts';
import {
  ExitCode,
  type Logger,
  listenForSignals,
  type Runtime,
  type Signals,
  TroupeError,
} from '../index.ts';
import type { ServeCommand } from './arguments.ts';
import { endRuntime } from './end-runtime.ts';
import { bootApp } from './load-app.ts';
import { createLogger } from './logger.ts';

/**
 * Serves an app until a signal comes or its runtime gives up.
 *
 * @returns the exit code
 * @throws UsageError, and whatever kept it from serving
 */
export async function serve(command: ServeCommand): Promise<number> {
  const signals = listenForSignals();
  const logger = createLogger(command.logLevel);
  const runtime = await bootApp(command, logger);
  const failure = failureOf(runtime);
  await open(runtime, command, signals, logger);
  const reason = await Promise.race([signals.first, failure]);
  const code = await endRuntime(runtime, reason, logger);
  // Only SIGKILL is of use then.
  if (code === ExitCode.killed) return code;
  return signals.came === undefined ? ExitCode.failed : code;
}

async function open(
  runtime: Runtime,
  { host, port }: ServeCommand,
  signals: Signals,
  logger: Logger,
): Promise<void> {
  const token = process.env.TROUPE_TOKEN;
  try {
    const security = token === undefined ? {} : { token };
    const server = createServer(runtime, { host, port, logger, ...security });
    // It may have come while the runtime started.
    if (signals.came !== undefined) return;
    const url = await server.listen();
    endWithRuntime(server, runtime);
    process.stdout.write(`listening on ${url}\n`);
    if (token === undefined && !/^http:\/\/(127\.|\[::1\])/.test(url)) {
      logger.warn({ url }, 'whoever reaches this address can run tasks: set TROUPE_TOKEN');
    }
  } catch (cause) {
    await runtime.shutdown({ reason: 'nothing could be served' });
    if (TroupeError.is(cause)) throw cause;
    throw new Error(`cannot listen on ${host}:${port}: ${whyNot(cause)}`, { cause });
  }
}

/** It answers to the end: that what it asked for is refused, and what became of the rest. */
function endWithRuntime(server: HttpServer, runtime: Runtime): void {
  runtime.onShutdown('not_ready', 'http', () => server.drain());
  runtime.onShutdown('closing', 'http', () => server.close());
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use',
  EACCES: 'that is not permitted',
  EADDRNOTAVAIL: 'this machine does not have the address',
  ENOTFOUND: 'there is no such host',
};

function whyNot(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ''] ?? message;
}

/** Resolves when the supervision tree has given up: nothing would ever be accepted again. */
export function failureOf(runtime: Pick<Runtime, 'subscribe'>): Promise<string> {
  return new Promise((resolve) => {
    runtime.subscribe((event) => {
      if (event.type !== 'supervisor.escalated' || event.supervisor !== 'runtime') return;
      let { error } = event;
      // Whose restarts were too many, not who fell with it.
      while (error.cause?.code === 'RestartIntensityExceeded') error = error.cause;
      resolve(`the runtime failed: ${error.message}`);
    });
  });
}
