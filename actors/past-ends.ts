import { messageOf, type PastEnd } from '../src/model/index.ts';

/** Ends of a child that are remembered. */
const MAX_HISTORY = 10;

const MAX_MESSAGE = 300;

/** Adds an end to those that are remembered of a child; the oldest goes for it. */
export function rememberEnd(
  ends: PastEnd[],
  time: number,
  { kind: reason, error }: { readonly kind: string; readonly error?: unknown },
): void {
  const message = error === undefined ? undefined : clipped(messageOf(error));
  ends.push(message === undefined ? { time, reason } : { time, reason, message });
  if (ends.length > MAX_HISTORY) ends.shift();
}

function clipped(text: string): string {
  return text.length <= MAX_MESSAGE ? text : `${text.slice(0, MAX_MESSAGE)}…`;
}
