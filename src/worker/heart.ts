import { HEARTBEAT, SharedSlot, type SharedSlots } from '../ipc/index.ts';

/**
 * Tells from now on that this event loop turns, and how busy it is.
 * @returns the way to stop
 */
export function startHeart(shared: SharedSlots): () => void {
  let last = performance.eventLoopUtilization();
  const heart = setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    shared.store(SharedSlot.utilisation, Math.round(utilization * 1_000));
    shared.store(SharedSlot.heartbeat, (shared.load(SharedSlot.heartbeat) + 1) | 0);
  }, HEARTBEAT);
  heart.unref();
  return () => clearInterval(heart);
}
