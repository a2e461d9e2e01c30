/** The command: arguments in, tables or JSON lines out, exit code back. */

import { type BenchArguments, parseArguments } from './arguments.ts';
import { compile } from './compile.ts';
import { type Result, toJsonLine } from './result.ts';
import { runScenario } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { type Selection, selectScenarios } from './select.ts';
import { renderResult } from './table.ts';
import { UsageError } from './usage-error.ts';

const EXIT_OK = 0;
/** A contestant failed; the others have been measured. */
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

interface BenchIo {
  readonly writeOut: (text: string) => void;
  readonly writeErr: (text: string) => void;
  /** Whether tables may hold colours. */
  readonly color: boolean;
  /** Whether to report progress without `--verbose`. */
  readonly progress: boolean;
  /** Ends the running contestant; the bench then returns 130. */
  readonly signal: AbortSignal;
}

export async function bench(
  argv: readonly string[],
  scenarios: readonly Scenario[],
  io: BenchIo,
): Promise<number> {
  try {
    const options = parseArguments(argv);
    if ('help' in options) {
      io.writeOut(options.help);
      return EXIT_OK;
    }
    const selections = selectScenarios(scenarios, options.scenarios);
    if (options.list) {
      io.writeOut(renderList(options.scenarios.length > 0 ? selected(selections) : scenarios));
      return EXIT_OK;
    }
    return await runAll(selections, options, io);
  } catch (error) {
    if (io.signal.aborted) return EXIT_INTERRUPTED;
    if (!(error instanceof UsageError)) throw error;
    io.writeErr(`error: ${error.message}\n`);
    return EXIT_USAGE;
  }
}

async function runAll(
  selections: readonly Selection[],
  { json, verbose, quick, rounds }: BenchArguments,
  io: BenchIo,
): Promise<number> {
  if (quick) io.writeErr('quick run: a trial, not a measurement\n');
  const { compiled, complaint, dispose } = await compile(contestantFiles(selections), io.signal);
  try {
    if (complaint !== undefined) io.writeErr(`${complaint.trimEnd()}\n`);
    let exitCode = EXIT_OK;
    for (const selection of selections) {
      const result = await runScenario(selection, {
        rounds,
        quick,
        compiled,
        signal: io.signal,
        onProgress: (line) => {
          if (verbose || io.progress) io.writeErr(`${line}\n`);
        },
      });
      io.writeOut(json ? `${toJsonLine(result)}\n` : renderResult(result, io.color));
      io.writeErr(renderTrouble(result));
      if (result.failures.length > 0) exitCode = EXIT_FAILED;
    }
    return exitCode;
  } finally {
    await dispose();
  }
}

function contestantFiles(selections: readonly Selection[]): URL[] {
  return selections.flatMap(({ scenario: { subject, peers } }) =>
    [subject, ...peers].map(({ file }) => file),
  );
}

function renderTrouble({ selection, skipped, failures }: Result): string {
  const lines = skipped.map((name) => `${selection.label}: skipped ${name}, not installed`);
  for (const { name, reason, stderr } of failures) {
    lines.push(`${selection.label}: ${name} failed: ${reason}`);
    for (const line of stderr.trimEnd().split('\n')) if (line !== '') lines.push(`    ${line}`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

function selected(selections: readonly Selection[]): Scenario[] {
  return [...new Set(selections.map(({ scenario }) => scenario))];
}

function renderList(scenarios: readonly Scenario[]): string {
  const lines = scenarios.flatMap(({ name, summary, unit, variants }) => [
    `${name}  ${summary} (${unit})`,
    ...variants.map((variant, index) => {
      const note = index === 0 ? `  what '${name}' means` : '';
      const own = variant.unit === undefined ? '' : ` (${variant.unit})`;
      return `  ${name}/${variant.name}${own}${note}`;
    }),
  ]);
  return lines.map((line) => `${line}\n`).join('');
}
