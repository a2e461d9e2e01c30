import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_TOP } from './report.ts';

export interface AuditOptions {
  /** The folder to audit, as the person gave it. */
  readonly folder: string;
  readonly json: boolean;
  readonly threads: number;
  readonly top: number;
  readonly logLevel: string;
}

/** Beyond four threads an audit waits for the disk. */
const DEFAULT_THREADS = Math.min(4, availableParallelism());
const MAX_THREADS = 64;
const MAX_TOP = 10_000;

const OWN_NODE_MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

const AFTER_HELP = `
Exit codes:
  0    the audit is complete
  1    the audit failed
  2    bad usage: unknown option, bad value, no such folder
  130  interrupted by SIGINT (Ctrl-C): the report is partial; a second one exits at once
  143  interrupted by SIGTERM: the report is partial

Symbolic links are counted, not followed. A file that can't be read is listed as skipped.
Colours are for terminals only, and NO_COLOR turns them off.`;

/**
 * The options, or the exit code where there is nothing left to do: help was shown (0), or the
 * usage was wrong and one line on stderr says so (2).
 *
 * @param args the arguments after the script's name
 */
export function parseOptions(args: readonly string[]): AuditOptions | number {
  const command = createCommand();
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  const [folder = OWN_NODE_MODULES] = command.args;
  return { folder, json: false, ...command.opts<Omit<AuditOptions, 'folder' | 'json'>>() };
}

function createCommand(): Command {
  return new Command('npm start --')
    .description('Audits a folder: package sizes and licences, largest files, duplicates.')
    .argument('[folder]', "the folder to audit (default: this project's own node_modules)")
    .option('--json', 'one JSON document on stdout and nothing else')
    .option('--threads <n>', 'worker threads', wholeNumber(1, MAX_THREADS), DEFAULT_THREADS)
    .option(
      '--top <n>',
      'rows of each table, and of the lists of files with --json',
      wholeNumber(1, MAX_TOP),
      DEFAULT_TOP,
    )
    .addOption(
      new Option('--log-level <level>', 'what to log on stderr')
        .choices(['silent', 'error', 'warn', 'info', 'debug'])
        .default('warn'),
    )
    .addHelpText('after', AFTER_HELP)
    .exitOverride()
    .configureOutput({
      outputError: (message, write) => write(`audit: ${oneLine(message)}\n`),
    });
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
