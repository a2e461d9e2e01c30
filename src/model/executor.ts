import { invalidOption, TroupeError } from './errors.ts';

/** Where tasks run that say nothing else: on the threads of the runtime. */
export const DEFAULT_EXECUTOR = 'thread';

const NAME = /^[A-Za-z][\w.-]*$/;

/** @throws TroupeError `InvalidOption` unless the value can be an executor's name */
export function checkExecutorName(field: string, value: unknown): asserts value is string {
  if (typeof value === 'string' && NAME.test(value)) return;
  const expected = "an executor's name: a letter, then letters, digits, ., _ and -";
  throw invalidOption(field, expected, value);
}

/** The error for an executor that there is not; lists those there are. */
export function executorNotFound(executor: string, known: readonly string[]): TroupeError {
  const message = `there is no executor ${executor}; known are ${known.join(', ')}`;
  return new TroupeError('ExecutorNotFound', message, { details: { executor } });
}
