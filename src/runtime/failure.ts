import { TroupeError } from '../model/index.ts';

/**
 * Why a runtime's tree gave up, as a person has to know it: whose restarts were too many, not which
 * supervisors fell with it.
 *
 * @param error what the root ended with
 */
export function failureOf(error: unknown): TroupeError {
  const own = TroupeError.from(error, 'StartFailed', 'runtime');
  const first = firstExceeded(own);
  if (own.details.child !== 'pool' || first === own) return first;
  const { code, message, cause, details } = first;
  const told = `${message}: more than restartIntensity allows`;
  return new TroupeError(code, told, { cause, details });
}

/** The supervisor that gave up first; those above it did because of it. */
function firstExceeded(error: TroupeError): TroupeError {
  const { cause } = error;
  return isExceeded(error) && isExceeded(cause) ? firstExceeded(cause) : error;
}

function isExceeded(error: unknown): error is TroupeError {
  return TroupeError.is(error) && error.code === 'RestartIntensityExceeded';
}
