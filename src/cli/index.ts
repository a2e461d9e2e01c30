/** The command line: `serve` puts an app behind HTTP, `repl` at a person's fingertips. */
export { runCommandLine } from './command-line.ts';
