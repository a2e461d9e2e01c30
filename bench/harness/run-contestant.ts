/** The harness's side of the contract: parameters in, one JSON line back. */

import { fileURLToPath } from 'node:url';
import { runNode } from './child-process.ts';
import { parseAnswer } from './parse-answer.ts';
import type { Answer, JsonObject } from './scenario.ts';

interface ContestantProcess {
  /** Something that node runs as it is. */
  readonly file: URL;
  readonly parameters: JsonObject;
  readonly timeLimitMs: number;
  readonly signal: AbortSignal;
}

export type Outcome =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly reason: string; readonly stderr: string };

/** Resolves for every fate of the process; rejects only when `signal` aborts. */
export async function runContestant(contestant: ContestantProcess): Promise<Outcome> {
  const { file, parameters, timeLimitMs, signal } = contestant;
  const args = [fileURLToPath(file), JSON.stringify(parameters)];
  const { stdout, stderr, failure } = await runNode({ args, timeLimitMs, signal });
  if (failure !== undefined) return { ok: false, reason: failure, stderr };
  try {
    return { ok: true, answer: parseAnswer(stdout) };
  } catch (error) {
    return { ok: false, reason: (error as Error).message, stderr };
  }
}
