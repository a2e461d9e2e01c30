/** The contestant's side of the contract: parameters in, one JSON line out. */

import type { Answer } from './scenario.ts';

/**
 * Runs `measure` with the parameters of the command line and prints its answer. A rejection
 * ends the process with its stack on stderr, which the harness reports under the contestant's
 * name. The process is left to end by itself: one that cannot (a pool that does not close) is
 * a finding, and runs into the time limit; one that ends before its answer (a pool that loses
 * tasks) leaves with node's exit code 13.
 */
export async function contest<Parameters>(
  measure: (parameters: Parameters) => Promise<Answer>,
): Promise<void> {
  const parameters = JSON.parse(process.argv[2] ?? '{}') as Parameters;
  const answer = await measure(parameters);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
