import { transfer } from '../../src/task.ts';
import { stamp } from '../tasks/pool.ts';

export function stampAndMove(buffer: ArrayBuffer): ArrayBuffer {
  stamp(new Uint8Array(buffer));
  return transfer(buffer);
}
