import { describe, expect, it } from 'vitest';
import { constant, policy, retry, timeout } from '../../src/index.ts';
import { rejection } from '../support/rejection.ts';
import { simulate } from './simulated.ts';

describe('runtime.policy', () => {
  it("counts time on the runtime's clock", async () => {
    const { runtime, clock } = await simulate({});
    const call = runtime.policy(timeout({ total: 60_000 })).execute(() => new Promise(() => {}));
    const failed = rejection(call, 'Timeout');
    await clock.advance(60_000);
    await failed;
  });

  it('goes around tasks: their signal cancels them, and what they cannot mend is not tried again', async () => {
    let tries = 0;
    const { runtime, clock, steps } = await simulate({
      flaky: () => {
        if (++tries < 3) throw new Error('no');
        return 'done';
      },
      hang: (_input, { signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    });
    const guarded = runtime.policy(
      retry(constant({ attempts: 5, delay: 10 })),
      timeout({ attempt: 50 }),
    );
    const done = guarded.execute(({ signal }) => runtime.run(steps.flaky, 1, { signal }));
    await clock.advance(20);
    expect([await done, tries]).toEqual(['done', 3]);
    const hung = rejection(
      guarded.execute(({ signal }) => runtime.run(steps.hang, 1, { signal })),
      'Timeout',
    );
    await clock.advance(1_000);
    await hung;
    await rejection(
      guarded.execute(() => runtime.run('steps.missing', 1)),
      'TaskNotFound',
    );
    expect(clock.pending).toBe(0);
  });
});

describe('policy', () => {
  it('counts real time', async () => {
    const call = policy(timeout({ total: 1 })).execute(() => new Promise(() => {}));
    await rejection(call, 'Timeout');
  });
});
