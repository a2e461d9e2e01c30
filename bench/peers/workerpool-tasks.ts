import workerpool from 'workerpool';
import * as tasks from '../tasks/pool.ts';

function stampAndMove(buffer: ArrayBuffer): unknown {
  tasks.stamp(new Uint8Array(buffer));
  return new workerpool.Transfer(buffer, [buffer]);
}

workerpool.worker({ ...tasks, stampAndMove });
