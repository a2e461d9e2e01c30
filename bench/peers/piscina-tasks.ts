import { move } from 'piscina';
import { stamp } from '../tasks/pool.ts';

export function stampAndMove(buffer: ArrayBuffer): unknown {
  stamp(new Uint8Array(buffer));
  return move(buffer);
}
