/**
 * Method. Contestants alternate, one turn each per round, so that what a shared machine does
 * meanwhile (heat, neighbours) falls on all of them alike; the order rotates, so that nobody
 * always goes first or always follows the same quiet. Each turn is a process of its own, so that
 * nobody inherits another's heap, compiled code or threads. What counts is the median of the
 * turns: one disturbed round moves it little, while it would move a mean or a best-of.
 */

import type { Outcome } from './run-contestant.ts';
import type { Contestant, JsonObject } from './scenario.ts';

export interface Played {
  readonly contestant: Contestant;
  readonly samples: readonly number[];
  readonly settings: JsonObject;
}

export interface Failure {
  readonly name: string;
  readonly reason: string;
  readonly stderr: string;
}

interface Turn {
  readonly contestant: Contestant;
  /** From 1 on. */
  readonly round: number;
}

/** The order of play of a round (from 0 on): the list, rotated by one place per round. */
export function orderOfRound<T>(contestants: readonly T[], round: number): T[] {
  const first = contestants.length === 0 ? 0 : round % contestants.length;
  return [...contestants.slice(first), ...contestants.slice(0, first)];
}

/** Plays all rounds. Who fails once is out, so that a hanging one costs its time limit once. */
export async function playRounds(
  contestants: readonly Contestant[],
  rounds: number,
  play: (turn: Turn) => Promise<Outcome>,
): Promise<{ readonly played: Played[]; readonly failures: Failure[] }> {
  const failures: Failure[] = [];
  let entries: Entry[] = contestants.map((contestant) => ({
    contestant,
    samples: [],
    settings: contestant.settings,
  }));
  for (let round = 0; round < rounds; round += 1) {
    const failed = new Set<Entry>();
    for (const entry of orderOfRound(entries, round)) {
      const outcome = await play({ contestant: entry.contestant, round: round + 1 });
      const failure = record(entry, outcome);
      if (!failure) continue;
      failures.push(failure);
      failed.add(entry);
    }
    entries = entries.filter((entry) => !failed.has(entry));
  }
  return { played: entries, failures };
}

interface Entry extends Played {
  readonly samples: number[];
  settings: JsonObject;
}

function record(entry: Entry, outcome: Outcome): Failure | undefined {
  if (!outcome.ok) {
    return { name: entry.contestant.name, reason: outcome.reason, stderr: outcome.stderr };
  }
  entry.samples.push(outcome.answer.value);
  entry.settings = outcome.answer.settings ?? entry.settings;
  return undefined;
}
