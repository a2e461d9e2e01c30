import { messageOf, recordOf, TroupeError } from '../model/index.ts';

/**
 * What a user's predicate says of a failure.
 *
 * @throws TroupeError as `heeded`
 */
export function asks(
  option: string,
  predicate: (error: unknown) => boolean,
  error: unknown,
): boolean {
  return heeded(option, error, () => predicate(error));
}

/**
 * What a user's function says when it is asked about a failure.
 *
 * @throws TroupeError `InvalidOption` when it throws: the cause is what it threw, and the details
 *   keep the failure that it was asked about
 */
export function heeded<T>(option: string, error: unknown, ask: () => T): T {
  try {
    return ask();
  } catch (cause) {
    const message = `${option} threw: ${messageOf(cause)}; it was asked about: ${messageOf(error)}`;
    throw new TroupeError('InvalidOption', message, {
      cause,
      details: { field: option, failure: recordOf(error) },
    });
  }
}
