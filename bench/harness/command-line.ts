/** Binds the bench to the process it runs in: streams, signals, exit code. */

import pc from 'picocolors';
import { bench } from './bench.ts';
import type { Scenario } from './scenario.ts';

/** 128 plus the signal's number, as shells count. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const EXIT_READER_GONE = 141;

export async function runCommandLine(scenarios: readonly Scenario[]): Promise<void> {
  const interruption = new AbortController();
  let interruptionCode: number | undefined;
  const interrupt = (code: number) => {
    interruptionCode ??= code;
    interruption.abort();
  };
  for (const [name, code] of Object.entries(EXIT_CODES)) process.once(name, () => interrupt(code));
  // Whoever read the output has left (`| head`): nothing to measure for, but things to clear up.
  process.stdout.on('error', () => interrupt(EXIT_READER_GONE));
  const exitCode = await bench(process.argv.slice(2), scenarios, {
    writeOut: (text) => void process.stdout.write(text),
    writeErr: (text) => void process.stderr.write(text),
    color: pc.isColorSupported && process.stdout.isTTY === true,
    progress: process.stderr.isTTY === true,
    signal: interruption.signal,
  });
  process.exitCode = interruptionCode ?? exitCode;
}
