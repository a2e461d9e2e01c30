import { randomBytes } from 'node:crypto';
import type { Random } from '../ports/index.ts';

/** Real chance, and UUIDs of version 7 (RFC 9562): ids that sort by their time of birth. */
export function systemRandom(): Random {
  let millisecond = 0;
  // Within one millisecond a counter keeps the order; it is the 12 bits after the version.
  let counter = 0;
  return {
    next: () => Math.random(),
    id() {
      const now = Date.now();
      // The clock may stand or fall back: the ids go on from where they were.
      if (now > millisecond) {
        millisecond = now;
        counter = 0;
      } else if (++counter > 0xfff) {
        millisecond++;
        counter = 0;
      }
      const time = millisecond.toString(16).padStart(12, '0');
      const tail = randomBytes(8);
      tail[0] = ((tail[0] as number) & 0x3f) | 0x80;
      const rest = tail.toString('hex');
      const order = counter.toString(16).padStart(3, '0');
      return `${time.slice(0, 8)}-${time.slice(8)}-7${order}-${rest.slice(0, 4)}-${rest.slice(4)}`;
    },
  };
}
