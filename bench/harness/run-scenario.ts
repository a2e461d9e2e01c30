import { createResult, type Result } from './result.ts';
import { playRounds } from './rounds.ts';
import { type Outcome, runContestant } from './run-contestant.ts';
import type { JsonObject } from './scenario.ts';
import { peersOf, type Selection, unitOf } from './select.ts';
import { formatValue } from './table.ts';

interface RunOptions {
  readonly rounds: number;
  readonly quick: boolean;
  /** The file to run for a contestant's file. */
  readonly compiled: (file: URL) => URL;
  readonly signal: AbortSignal;
  /** One line for each turn. */
  readonly onProgress: (line: string) => void;
}

/** Plays one scenario to its result; rejects only when `signal` aborts. */
export async function runScenario(selection: Selection, options: RunOptions): Promise<Result> {
  const { scenario, label } = selection;
  const { rounds, quick, compiled, signal, onProgress } = options;
  const peers = peersOf(selection);
  const skipped = peers.filter((peer) => peer.version === null);
  const contestants = [scenario.subject, ...peers.filter((peer) => peer.version !== null)];
  const unit = unitOf(selection);
  const parameters = turnParameters(selection, quick);

  const { played, failures } = await playRounds(
    contestants,
    rounds,
    async ({ contestant, round }) => {
      const outcome = await runContestant({
        file: compiled(contestant.file),
        parameters: { ...parameters, settings: contestant.settings },
        timeLimitMs: scenario.timeLimitMs,
        signal,
      });
      const told = describeOutcome(outcome, unit);
      onProgress(`${label}  round ${round}/${rounds}  ${contestant.name}  ${told}`);
      return outcome;
    },
  );
  return createResult({
    selection,
    rounds,
    quick,
    played,
    failures,
    skipped: skipped.map((peer) => peer.name),
  });
}

function turnParameters({ scenario, variant }: Selection, quick: boolean): JsonObject {
  return {
    ...scenario.parameters,
    ...variant.parameters,
    ...(quick ? scenario.quickParameters : {}),
  };
}

function describeOutcome(outcome: Outcome, unit: string): string {
  return outcome.ok ? `${formatValue(outcome.answer.value)} ${unit}` : outcome.reason;
}
