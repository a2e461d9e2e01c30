import { ExitCode, TroupeError } from '../index.ts';
import { parseArguments } from './arguments.ts';
import { UsageError } from './load-app.ts';
import { repl } from './repl.ts';
import { serve } from './serve.ts';

/**
 * Runs the command that the arguments say, to its end.
 *
 * @param args the arguments after the script's name
 * @returns the exit code; a failure has been told in one line on stderr
 */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const command = parseArguments(args);
  if (typeof command === 'number') return command;
  try {
    return command.name === 'serve' ? await serve(command) : await repl(command);
  } catch (error) {
    process.stderr.write(`troupe: ${oneLine(error)}\n`);
    return error instanceof UsageError ? ExitCode.badUsage : ExitCode.failed;
  }
}

function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = TroupeError.is(error) ? `${error.code}: ` : '';
  return (code + message).replace(/\s*\n\s*/g, ' ');
}
