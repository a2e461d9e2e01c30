/** The command `troupe`; `--help` says what it does. */
import { ExitCode, leave, runCommandLine } from './index.ts';

// Whoever reads the output may close the pipe early, as `head` does: nobody is left to work for.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') leave(ExitCode.inOrder);
  throw error;
});

leave(await runCommandLine(process.argv.slice(2)));
