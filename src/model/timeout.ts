/** Milliseconds, about 24.8 days: Node counts in 32 bits, and a longer timer fires at once. */
export const MAX_TIMEOUT = 2 ** 31 - 1;
