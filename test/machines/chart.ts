import type { AnyStateMachine } from 'xstate';
import { compile } from '../../src/statechart/index.ts';

/** A chart as XState runs it, and as it is compiled: what it decides must be the same. */
export function bothWays<M extends AnyStateMachine>(machine: M): [string, M][] {
  return [
    ['as XState runs it', machine],
    ['compiled', compile(machine)],
  ];
}
