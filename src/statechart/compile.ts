import type { AnyStateMachine } from 'xstate';
import { CompiledMachine } from './compiled-machine.ts';

const compiled = new WeakMap<AnyStateMachine, CompiledMachine>();

/**
 * Makes a machine's transitions cheap. The result is a real XState machine of the same type; every
 * snapshot, action, error, timer and inspection event is what it would be without. Pure: the machine
 * itself is not touched, and the same machine always compiles to the same one.
 *
 * @example const machine = compile(setup({ … }).createMachine({ … }));
 */
export function compile<M extends AnyStateMachine>(machine: M): M {
  if (machine instanceof CompiledMachine) return machine;
  let made = compiled.get(machine);
  if (made === undefined) {
    made = new CompiledMachine(machine);
    compiled.set(machine, made);
  }
  return made as unknown as M;
}
