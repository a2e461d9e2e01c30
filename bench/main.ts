import { runCommandLine } from './harness/command-line.ts';
import { scenarios } from './scenarios/index.ts';

await runCommandLine(scenarios);
