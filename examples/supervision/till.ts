import type { Reply } from 'troupe';
import { assign, setup } from 'xstate';

/** A till that takes coins, tells its sum when asked, and fails at what is no coin. */
export const till = setup({
  types: {
    context: {} as { readonly sum: number },
    events: {} as { type: 'COIN'; value: number } | { type: 'SUM'; reply: Reply<number> },
  },
  actions: {
    count: assign({
      sum: ({ context, event }) => {
        if (event.type !== 'COIN') return context.sum;
        if (!(event.value > 0)) throw new RangeError(`${event.value} is no coin`);
        return context.sum + event.value;
      },
    }),
    tell: ({ context, event }) => {
      if (event.type === 'SUM') event.reply(context.sum);
    },
  },
}).createMachine({
  context: { sum: 0 },
  initial: 'open',
  states: {
    open: { on: { COIN: { actions: 'count' }, SUM: { actions: 'tell' } } },
  },
});
