import { expectTypeOf, test } from 'vitest';
import { setup } from 'xstate';
import { type ChildHost, type Runtime, supervisor } from '../../src/index.ts';

declare const runtime: Runtime;
declare function connect(options: { readonly signal: AbortSignal }): Promise<{ stop(): void }>;

const machine = setup({}).createMachine({});

test('what a start is given has a type, of whatever kind the start is', async () => {
  await runtime.supervise({
    id: 'shop',
    strategy: 'rest_for_one',
    children: [
      { id: 'db', start: { start: (signal) => connect({ signal }) } },
      {
        id: 'socket',
        start: (host) => {
          expectTypeOf(host).toEqualTypeOf<ChildHost>();
          return { stop() {}, kill: () => host.exited({ kind: 'killed' }) };
        },
      },
      { id: 'till', start: machine, restart: 'transient' },
      { id: 'sign', start: { stop() {} } },
      supervisor({ id: 'orders', strategy: 'dynamic', children: [{ id: 'o', start: machine }] }),
      // @ts-expect-error it is none of these
      { id: 'none', start: { begin() {} } },
    ],
  });
});
