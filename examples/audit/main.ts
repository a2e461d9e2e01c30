/** The audit as a command; `--help` says what it does. */
import { type Logger, pino } from 'pino';
import pinoPretty from 'pino-pretty';
import { createRuntime } from 'troupe';
import { type InterruptSignal, listenForInterrupt } from './interrupt.ts';
import { type AuditOptions, parseOptions } from './options.ts';
import { audit, files } from './pipeline.ts';
import { createProgress, NO_PROGRESS } from './progress.ts';
import { describeCoverage, renderReport } from './render.ts';
import type { Report } from './report.ts';
import { runAudit } from './run.ts';
import { resolveRoot } from './walk.ts';

/** For a terminal that does not tell its columns. */
const DEFAULT_WIDTH = 80;

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (typeof options === 'number') return options;
  let root: string;
  try {
    root = resolveRoot(options.folder);
  } catch (error) {
    complain(error);
    return 2;
  }
  const logger = createLogger(options.logLevel);
  const onInterrupt = (by: InterruptSignal) => logger.info({ by }, 'interrupted');
  using interrupt = listenForInterrupt({ onInterrupt });
  const report = await perform(root, options, logger, interrupt.signal);
  print(report, options);
  if (!report.partial) return 0;
  process.stderr.write(`interrupted: ${describeCoverage(report)}\n`);
  return interrupt.exitCode() ?? 1;
}

async function perform(
  root: string,
  { threads, top, logLevel }: AuditOptions,
  logger: Logger,
  interrupt: AbortSignal,
): Promise<Report> {
  await using runtime = await createRuntime({
    tasks: [files],
    pipelines: [audit],
    threads,
    logger,
  });
  const chatty = logLevel === 'info' || logLevel === 'debug';
  const visible = process.stdout.isTTY && process.stderr.isTTY && !chatty;
  const progress = visible ? createProgress() : NO_PROGRESS;
  try {
    return await runAudit(
      runtime,
      { root, top },
      {
        interrupt,
        onAdvance: (advance) => {
          progress.update(advance);
          logger.debug(advance, 'advanced');
        },
      },
    );
  } finally {
    progress.stop();
  }
}

function print(report: Report, { json, top }: AuditOptions): void {
  const { isTTY, columns } = process.stdout;
  const colour = isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  const width = isTTY ? columns || DEFAULT_WIDTH : Number.POSITIVE_INFINITY;
  const text = json
    ? `${JSON.stringify(report, null, 2)}\n`
    : renderReport(report, { top, colour, width });
  process.stdout.write(text);
}

/** On stderr in any case: stdout is for the report. */
function createLogger(level: string): Logger {
  const destination = process.stderr.isTTY
    ? pinoPretty({ destination: process.stderr.fd, sync: true })
    : pino.destination({ dest: process.stderr.fd, sync: true });
  return pino({ level }, destination);
}

function complain(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`audit: ${message.replace(/\s*\n\s*/g, ' ')}\n`);
}

// Whoever reads the report may close the pipe early, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  complain(error);
  process.exitCode = 1;
}
