import { Tinypool } from 'tinypool';
import { stamp } from '../tasks/pool.ts';

export function stampAndMove(buffer: ArrayBuffer): unknown {
  stamp(new Uint8Array(buffer));
  return Tinypool.move(buffer);
}
