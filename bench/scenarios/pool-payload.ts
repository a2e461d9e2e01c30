/**
 * What large binary values cost in a pool of two threads, one in flight. The task writes one byte and
 * gives back what it was given.
 *
 * - `/copy-1MiB`: a call with a `Uint8Array` of 1 MiB, copied both ways.
 * - `/transfer-16MiB`: a call with an `ArrayBuffer` of 16 MiB, moved both ways, against one of the
 *   same pool that copies 1 KiB: a pool whose calls cost much gets a small ratio easily, so that what
 *   counts is the subject's own.
 *
 * Each moves by its own means: `transfer` of the subject, `move` of piscina and tinypool, `transfer`
 * and `Transfer` of workerpool. Poolifier has none for results, so it copies only.
 */

import { ours, peer } from '../harness/contestant.ts';
import type { Scenario } from '../harness/scenario.ts';

const MiB = 2 ** 20;

export const poolPayload: Scenario = {
  name: 'pool-payload',
  summary: 'large binary values in and out, 2 threads, one in flight',
  unit: 'µs/call',
  higherIsBetter: false,
  variants: [
    { name: 'copy-1MiB', parameters: { measure: 'copy', size: MiB } },
    {
      name: 'transfer-16MiB',
      parameters: { measure: 'move', size: 16 * MiB },
      unit: '× a call of 1 KiB',
    },
  ],
  parameters: { threads: 2, task: 'stamp', warmupMs: 500, measureMs: 1_000 },
  quickParameters: { warmupMs: 20, measureMs: 50 },
  timeLimitMs: 30_000,
  subject: ours('pool'),
  peers: [
    peer('piscina', 'piscina'),
    peer('tinypool', 'tinypool'),
    peer('poolifier', 'poolifier', {}, { variants: ['copy-1MiB'] }),
    peer('workerpool', 'workerpool'),
  ],
};
