import { type AnyStateMachine, StateMachine } from 'xstate';
import { CompiledMachine } from './compiled-machine.ts';

const compiled = new WeakMap<AnyStateMachine, CompiledMachine>();

/**
 * Makes a machine's transitions cheap. The result is a real XState machine of the same type; every
 * snapshot, action, error, timer and inspection event is what it would be without. Pure: the machine
 * itself is not touched, and the same machine always compiles to the same one. All that is lost is a
 * warning: XState's development build does not notice a built-in action called within an action.
 *
 * A machine is made anew of its configuration. What is of a class of its own is returned as it is.
 *
 * @example const machine = compile(setup({ … }).createMachine({ … }));
 */
export function compile<M extends AnyStateMachine>(machine: M): M {
  if (Object.getPrototypeOf(machine) !== StateMachine.prototype) return machine;
  let made = compiled.get(machine);
  if (made === undefined) {
    made = new CompiledMachine(machine);
    compiled.set(machine, made);
  }
  return made as unknown as M;
}
