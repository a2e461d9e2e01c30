/** The command `troupe`; `--help` says what it does. */
import { ExitCode, endProcess } from '../index.ts';
import { runCommandLine } from './index.ts';

// Whoever reads the output may close the pipe early, as `head` does: nobody is left to work for.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') endProcess(ExitCode.inOrder);
  throw error;
});

endProcess(await runCommandLine(process.argv.slice(2)));
