/** Chance and identity: injected, so that a run can be repeated from a seed. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A new id, unique for ever; sorts by time of birth. */
  id(): string;
}
