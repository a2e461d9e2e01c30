import { describe, TroupeError } from '../src/model/index.ts';
import type { SupervisedChild } from './supervised-child.ts';

/** The error for what a child's state does not allow. */
export function refusal(
  code: 'AlreadyStarted' | 'AlreadyPresent' | 'ChildRunning' | 'ChildRestarting',
  supervisor: string,
  child: SupervisedChild,
): TroupeError {
  const { id } = child.spec;
  const words = {
    AlreadyStarted: `already has a running child ${describe(id)}`,
    AlreadyPresent: `already has a child ${describe(id)}, which does not run`,
    ChildRunning: `cannot do that to ${describe(id)} while it runs`,
    ChildRestarting: `cannot do that to ${describe(id)} while it is being restarted`,
  };
  return new TroupeError(code, `${supervisor} ${words[code]}`, {
    details: { supervisor, child: id, ...(code === 'AlreadyStarted' && { ref: child.ref }) },
  });
}

export function notRunning(supervisor: string, status: string): TroupeError {
  const message = `supervisor ${supervisor} is not running: it is ${status}`;
  return new TroupeError('InvalidState', message, { details: { supervisor, status } });
}

export function alreadyStarted(supervisor: string, child: string): TroupeError {
  const message = `${supervisor} already has a running child ${child}`;
  return new TroupeError('AlreadyStarted', message, { details: { supervisor, child } });
}

export function tooMany(supervisor: string, maxChildren: number): TroupeError {
  const message = `${supervisor} has ${maxChildren} children, its limit`;
  return new TroupeError('Overloaded', message, { details: { supervisor, maxChildren } });
}
