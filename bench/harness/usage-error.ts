/** A command line that cannot be followed: one clear line for the user, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
