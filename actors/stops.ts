/** After so many, timers and I/O have a turn. */
const STOPS_PER_TURN = 1_000;

/** One after the other. */
export async function stopInTurn<T>(
  all: readonly T[],
  stop: (each: T) => Promise<void> | void,
): Promise<void> {
  let left = STOPS_PER_TURN;
  for (const each of all) {
    const stopping = stop(each);
    if (stopping !== undefined) await stopping;
    if (--left > 0) continue;
    left = STOPS_PER_TURN;
    await new Promise(setImmediate);
  }
}

/** In parallel, as in OTP. */
export async function stopTogether<T>(
  all: readonly T[],
  stop: (each: T) => Promise<void>,
): Promise<void> {
  const stops: Promise<void>[] = [];
  for (const each of all) {
    stops.push(stop(each));
    if (stops.length % STOPS_PER_TURN === 0) await new Promise(setImmediate);
  }
  await Promise.all(stops);
}
