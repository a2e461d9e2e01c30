import { createServer, type HttpServer } from '../http/index.ts';
import { type Logger, type Runtime, TroupeError } from '../index.ts';
import type { ServeCommand } from './arguments.ts';
import { endRuntime } from './end-runtime.ts';
import { ExitCode } from './exit.ts';
import { bootApp } from './load-app.ts';
import { createLogger } from './logger.ts';
import { listenForSignals, type Signals } from './signals.ts';

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
  const server = await open(runtime, command, signals, logger);
  const reason = await Promise.race([signals.first, failure]);
  server.drain();
  const code = await endRuntime(runtime, reason, logger);
  await server.close();
  return signals.came === undefined ? ExitCode.failed : code;
}

async function open(
  runtime: Runtime,
  { host, port }: ServeCommand,
  signals: Signals,
  logger: Logger,
): Promise<HttpServer> {
  const token = process.env.TROUPE_TOKEN;
  try {
    const security = token === undefined ? {} : { token };
    const server = createServer(runtime, { host, port, logger, ...security });
    // It may have come while the runtime started.
    if (signals.came !== undefined) return server;
    const url = await server.listen();
    process.stdout.write(`listening on ${url}\n`);
    if (token === undefined && !/^http:\/\/(127\.|\[::1\])/.test(url)) {
      logger.warn({ url }, 'whoever reaches this address can run tasks: set TROUPE_TOKEN');
    }
    return server;
  } catch (cause) {
    await runtime.shutdown({ reason: 'nothing could be served' });
    if (TroupeError.is(cause)) throw cause;
    throw new Error(`cannot listen on ${host}:${port}: ${whyNot(cause)}`, { cause });
  }
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
      resolve(`the runtime failed: ${event.error.message}`);
    });
  });
}
