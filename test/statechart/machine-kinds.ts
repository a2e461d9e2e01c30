import type { AnyStateMachine } from 'xstate';
import { compile } from '../../src/statechart/index.ts';

const identity = <M extends AnyStateMachine>(machine: M): M => machine;

/** Whatever holds of a machine of XState's is to hold of a compiled one. */
export const KINDS: [kind: string, made: <M extends AnyStateMachine>(machine: M) => M][] = [
  ['stock', identity],
  ['compiled', compile],
];

/** Notes what actions do. */
export function notes() {
  const lines: string[] = [];
  const note = (line: string) => () => void lines.push(line);
  return { lines, note };
}
