import { ExitCode, listenForSignals, type Runtime } from '../index.ts';
import type { ReplCommand } from './arguments.ts';
import { endRuntime } from './end-runtime.ts';
import { bootApp } from './load-app.ts';
import { createLogger } from './logger.ts';
import { ReplSession } from './repl-session.ts';

/**
 * Evaluates lines until the input ends, a person leaves, or a signal comes.
 *
 * @returns the exit code
 * @throws UsageError, and whatever kept the runtime from starting
 */
export async function repl(command: ReplCommand): Promise<number> {
  let session: ReplSession | undefined;
  const signals = listenForSignals({ takeInterrupt: () => session?.interrupt() ?? false });
  const logger = createLogger(command.logLevel);
  const runtime = await bootApp(command, logger);
  const terminal = process.stdin.isTTY && process.stdout.isTTY;
  if (signals.came === undefined) {
    if (terminal) process.stdout.write(`${banner(runtime)}\n`);
    session = new ReplSession(runtime, signals, terminal);
    await Promise.race([perform(session, terminal), signals.first]);
    if (signals.came === 'SIGINT') session.abort();
    session.close();
  }
  const { executions } = runtime.query.health();
  if (terminal && executions > 0) {
    process.stderr.write(
      `waiting for what still runs: ${executions}; Ctrl-C twice cuts it short\n`,
    );
  }
  const code = await endRuntime(runtime, signals.came ?? 'the REPL was left', logger);
  return signals.came === 'SIGINT' ? interrupted(code) : code;
}

async function perform(session: ReplSession, terminal: boolean): Promise<void> {
  // What fails later, or where nobody awaits it, is told like any error and ends nothing.
  process.on('unhandledRejection', (error) => session.tell(error));
  process.on('uncaughtException', (error) => session.tell(error));
  const { NODE_REPL_HISTORY: history } = process.env;
  if (terminal && history) await session.keepHistory(history);
  if (!terminal) await session.feed(process.stdin);
  await session.ended;
}

function banner({ query }: Runtime): string {
  const [tasks, pipelines] = [query.tasks().length, query.pipelines().length];
  return `troupe: tasks ${tasks}, pipelines ${pipelines}. Type help for what there is; .exit leaves.`;
}

/** Where a thread is held, only SIGKILL is of use. */
function interrupted(code: number): number {
  return code === ExitCode.killed ? code : ExitCode.interrupted;
}
