import { Command, CommanderError, Option } from 'commander';
import { UsageError } from './usage-error.ts';

/** Fewer do not make a median worth printing. */
const MIN_ROUNDS = 5;
const QUICK_ROUNDS = 2;

export interface BenchArguments {
  readonly scenarios: readonly string[];
  readonly json: boolean;
  readonly list: boolean;
  readonly verbose: boolean;
  readonly quick: boolean;
  readonly rounds: number;
}

/** Throws `UsageError` for what it does not know; returns the text to print for `--help`. */
export function parseArguments(argv: readonly string[]): BenchArguments | { help: string } {
  let help = '';
  const command = createCommand((text) => {
    help += text;
  });
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { help };
    throw new UsageError(error.message.replace(/^error: /, '').replaceAll('\n', ' '));
  }
  const options = command.opts<Flags>();
  return {
    scenarios: command.args,
    json: options.json === true,
    list: options.list === true,
    verbose: options.verbose === true,
    quick: options.quick === true,
    rounds: resolveRounds(options.rounds, options.quick === true),
  };
}

interface Flags {
  readonly json?: true;
  readonly list?: true;
  readonly verbose?: true;
  readonly quick?: true;
  readonly rounds?: string;
}

function createCommand(writeOut: (text: string) => void): Command {
  return new Command('bench')
    .description('Measures the subject and its peers, turn by turn, each in its own process.')
    .argument('[scenario...]', 'scenario or scenario/variant; without one, all of them')
    .option('--json', 'print one JSON line per scenario instead of tables')
    .option('--rounds <n>', `turns of each contestant, at least ${MIN_ROUNDS} (the default)`)
    .option('--list', 'print the scenarios and their variants')
    .option('--verbose', 'report progress on stderr even when it is not a terminal')
    .addOption(
      new Option('--quick', 'short turns and few of them: a trial, not a measurement').hideHelp(),
    )
    .exitOverride()
    .configureOutput({ writeOut, writeErr: () => {}, outputError: () => {} });
}

function resolveRounds(given: string | undefined, quick: boolean): number {
  if (given === undefined) return quick ? QUICK_ROUNDS : MIN_ROUNDS;
  const least = quick ? 1 : MIN_ROUNDS;
  const rounds = /^\d+$/.test(given) ? Number(given) : Number.NaN;
  if (!(rounds >= least) || !Number.isSafeInteger(rounds)) {
    throw new UsageError(`--rounds: expected a whole number of at least ${least}, got '${given}'`);
  }
  return rounds;
}
