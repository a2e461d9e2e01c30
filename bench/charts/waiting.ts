/** A chart with a state that is left by an event or, much later, by itself. */

import { createMachine } from 'xstate';

/** No timer of a measurement fires. */
const LATER = 3_600_000;

export const waitingChart = createMachine({
  id: 'waiting',
  initial: 'idle',
  states: {
    idle: { on: { ARM: 'waiting' } },
    waiting: { after: { [LATER]: 'idle' }, on: { LEAVE: 'idle', FINISH: 'finished' } },
    finished: { type: 'final' },
  },
});
