import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { ExitCode, LOG_LEVELS, type LogLevel } from '../index.ts';

interface CommonCommand {
  /** The file of the app module, as the person gave it. */
  readonly app: string;
  readonly threads?: number;
  readonly logLevel: LogLevel;
}

export interface ServeCommand extends CommonCommand {
  readonly name: 'serve';
  readonly port: number;
  readonly host: string;
}

export interface ReplCommand extends CommonCommand {
  readonly name: 'repl';
}

const MAX_PORT = 65_535;
const MAX_THREADS = 1_024;

const EXIT_CODES = `
Exit codes:
  0    ended in order: SIGTERM, Ctrl-C or the end of input; what was running has ended, too
  1    failed: the port is in use, the runtime gave up, the shutdown met an error
  2    bad usage: unknown option, bad value, no such app module or one that cannot be used
  124  the deadline of the shutdown passed, and what had not ended was cut short
  130  cut short by a second SIGINT (Ctrl-C); for a REPL that reads a pipe, by the first
  137  killed by itself: the deadline passed while a native call held a thread
  143  cut short by a second SIGTERM`;

const APP = `
The app module's default export is { tasks: TaskModule[], pipelines?: Pipeline[] }.
Logs go to stderr, for people on a terminal and as JSON lines elsewhere.`;

const TOKEN = `
Environment:
  TROUPE_TOKEN  when set, requests must carry it: Authorization: Bearer <token>`;

const HISTORY = `
Environment:
  NODE_REPL_HISTORY  the file that keeps the history of lines; none is kept unless it is set`;

/**
 * The command, or the exit code where there is nothing left to do: help was shown (0), or the usage
 * was wrong and one line on stderr says so (2).
 *
 * @param args the arguments after the script's name
 */
export function parseArguments(args: readonly string[]): ServeCommand | ReplCommand | number {
  let parsed: ServeCommand | ReplCommand | undefined;
  const program = createProgram((command) => {
    parsed = command;
  });
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? ExitCode.inOrder : ExitCode.badUsage;
  }
  return parsed ?? ExitCode.badUsage;
}

function createProgram(found: (command: ServeCommand | ReplCommand) => void): Command {
  const program = new Command('troupe')
    .description('Runs an app of tasks and pipelines behind a shell.')
    .addHelpText('after', EXIT_CODES)
    .exitOverride()
    .configureOutput({
      outputError: (message, write) => write(`troupe: ${oneLine(message)}\n`),
    });
  addCommon(program.command('serve'), 'info')
    .description('Serves an app over HTTP, and prints its URL on stdout.')
    .option('--port <n>', '0 takes any that is free', wholeNumber(0, MAX_PORT), 3_000)
    .option('--host <address>', 'the address or name to bind', '127.0.0.1')
    .addHelpText('after', [APP, TOKEN, EXIT_CODES].join('\n'))
    .action((app: string, options: Omit<ServeCommand, 'name' | 'app'>) =>
      found({ ...options, name: 'serve', app }),
    );
  addCommon(program.command('repl'), 'silent')
    .description('Evaluates JavaScript with an app at hand, from a person or a pipe.')
    .addHelpText('after', [APP, HISTORY, EXIT_CODES].join('\n'))
    .action((app: string, options: Omit<ReplCommand, 'name' | 'app'>) =>
      found({ ...options, name: 'repl', app }),
    );
  return program;
}

function addCommon(command: Command, logLevel: LogLevel): Command {
  return command
    .argument('<app>', 'the file of the app module')
    .option(
      '--threads <n>',
      'worker threads (default: as many as the machine runs in parallel)',
      wholeNumber(1, MAX_THREADS),
    )
    .addOption(
      new Option('--log-level <level>', 'what to log').choices(LOG_LEVELS).default(logLevel),
    );
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}

/** Commander puts its suggestions on a second line. */
function oneLine(message: string): string {
  return message
    .trim()
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ');
}
