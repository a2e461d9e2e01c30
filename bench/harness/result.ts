/** What a scenario came to, and its one JSON line. */

import { best, ratio } from './compare.ts';
import type { Failure, Played } from './rounds.ts';
import type { JsonObject } from './scenario.ts';
import { higherIsBetter, type Selection, unitOf } from './select.ts';
import { roundSignificant, type Summary, summarize } from './statistics.ts';

export interface Standing extends Summary {
  readonly name: string;
  readonly version: string | null;
  readonly settings: JsonObject;
}

export interface Result {
  readonly selection: Selection;
  readonly rounds: number;
  readonly quick: boolean;
  readonly node: string;
  /** Null when the subject failed. */
  readonly subject: Standing | null;
  /** In the scenario's order, without those that failed or are not installed. */
  readonly peers: readonly Standing[];
  readonly bestPeer: Standing | null;
  /** The subject's median against the best peer's, above 1 is better; null when one is missing. */
  readonly ratio: number | null;
  readonly failures: readonly Failure[];
  /** Names of peers that are not installed. */
  readonly skipped: readonly string[];
}

interface ResultInput {
  readonly selection: Selection;
  readonly rounds: number;
  readonly quick: boolean;
  readonly played: readonly Played[];
  readonly failures: readonly Failure[];
  readonly skipped: readonly string[];
}

export function createResult(input: ResultInput): Result {
  const { selection, rounds, quick, played, failures, skipped } = input;
  const { scenario } = selection;
  const standings = new Map(played.map((entry) => [entry.contestant, createStanding(entry)]));
  const subject = standings.get(scenario.subject) ?? null;
  const peers = scenario.peers.flatMap((peer) => standings.get(peer) ?? []);
  const bestPeer = best(peers, higherIsBetter(selection)) ?? null;
  return {
    selection,
    rounds,
    quick,
    node: process.versions.node,
    subject,
    peers,
    bestPeer,
    ratio:
      subject && bestPeer
        ? ratio(subject.median, bestPeer.median, higherIsBetter(selection))
        : null,
    failures,
    skipped,
  };
}

/** One line without a line break; `quick` and `failures` appear only when there is cause. */
export function toJsonLine(result: Result): string {
  return JSON.stringify({
    scenario: result.selection.label,
    unit: unitOf(result.selection),
    node: result.node,
    subject: result.subject && standingToJson(result.subject),
    peers: result.peers.map(standingToJson),
    ratio: result.ratio === null ? null : roundSignificant(result.ratio, 4),
    ...(result.quick ? { quick: true } : {}),
    ...(result.failures.length > 0
      ? { failures: result.failures.map(({ name, reason }) => ({ name, reason })) }
      : {}),
  });
}

function createStanding({ contestant, samples, settings }: Played): Standing {
  return { name: contestant.name, version: contestant.version, settings, ...summarize(samples) };
}

function standingToJson({ name, version, settings, median, min, max, samples }: Standing) {
  return {
    name,
    version,
    settings,
    median: roundSignificant(median),
    min: roundSignificant(min),
    max: roundSignificant(max),
    samples: samples.map((sample) => roundSignificant(sample)),
  };
}
