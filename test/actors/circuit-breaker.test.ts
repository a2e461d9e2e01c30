import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Breaker } from '../../actors/breaker.ts';
import { CircuitBreaker } from '../../actors/circuit-breaker.ts';
import {
  type BreakerOptions,
  type ExitReason,
  type RuntimeEvent,
  TroupeError,
} from '../../src/model/index.ts';
import type { Admitted, EventSink } from '../../src/ports/index.ts';
import { seededRandom, VirtualClock } from '../../src/testing/index.ts';
import { listeners } from '../support/listeners.ts';
import { rejection } from '../support/rejection.ts';
import { thrown } from '../support/thrown.ts';

const ILL = new Error('ill');
const fail = () => Promise.reject(ILL);

/** Opens at the second failure of two calls, for 100 ms. */
const TOUCHY: BreakerOptions = {
  window: { calls: 4 },
  minimumCalls: 2,
  break: { initial: 100, jitter: 0 },
};

function breakerWith(options: BreakerOptions = {}, sink?: EventSink) {
  const clock = new VirtualClock();
  const told: RuntimeEvent[] = [];
  const exits: ExitReason[] = [];
  const breaker = new CircuitBreaker(
    'mail',
    { ...TOUCHY, ...options },
    {
      clock,
      random: seededRandom(1),
      sink: sink ?? { publish: (event) => told.push(event) },
    },
  );
  const begin = () => breaker.start({ exited: (reason) => exits.push(reason) });
  begin();
  const types = () => told.map(({ type }) => type);
  return { breaker, clock, told, types, exits, begin };
}

async function trip(breaker: Breaker): Promise<void> {
  while (breaker.state !== 'open') await breaker.execute(fail).catch(() => {});
}

/** What is admitted; a failed test if it is refused. */
function admitted(breaker: Breaker): Admitted {
  const admission = breaker.admit();
  if (!admission.admitted) expect.fail(`refused for ${admission.retryAfter} ms`);
  return admission;
}

describe('a call through the breaker', () => {
  it('gives what the function gives, a promise or not', async () => {
    const { breaker } = breakerWith();
    const value = await breaker.execute(() => 5);
    expectTypeOf(value).toEqualTypeOf<number>();
    expect(value).toBe(5);
    expect(await breaker.execute(async () => 'late')).toBe('late');
    expect(breaker.metrics()).toMatchObject({ calls: 2, failures: 0, window: { calls: 2 } });
  });

  it('fails with what the function throws, as it is', async () => {
    const { breaker } = breakerWith();
    await expect(breaker.execute(fail)).rejects.toBe(ILL);
    const atOnce = breaker.execute(() => {
      throw ILL;
    });
    await expect(atOnce).rejects.toBe(ILL);
    expect(breaker.metrics()).toMatchObject({ calls: 2, failures: 2 });
  });

  it('is refused by an open breaker, which says when to try again', async () => {
    const { breaker, clock } = breakerWith();
    await trip(breaker);
    await clock.advance(30);
    let calls = 0;
    const error = await rejection(
      breaker.execute(() => calls++),
      'BreakerOpen',
    );
    expect(error.details).toEqual({ breaker: 'mail', state: 'open', retryAfter: 70 });
    expect(error.message).toBe('breaker mail is open; try again in 70 ms');
    expect(calls).toBe(0);
    expect(breaker.metrics()).toMatchObject({ state: 'open', rejected: 1, retryAfter: 70 });
  });

  it('refuses what is no function', async () => {
    const { breaker } = breakerWith();
    await rejection(breaker.execute(5 as never), 'InvalidOption');
    expect(breaker.metrics().calls).toBe(0);
  });

  it('is slow from its duration, whatever it gives', async () => {
    const { breaker, clock } = breakerWith({ slowCallDuration: 50, slowCallRate: 0.5 });
    const take = async (ms: number) => {
      const call = breaker.execute(() => new Promise<void>((done) => clock.setTimeout(done, ms)));
      await clock.advance(ms);
      await call;
    };
    await take(50);
    expect(breaker.metrics()).toMatchObject({ state: 'closed', slow: 0 });
    await take(51);
    expect(breaker.metrics()).toMatchObject({ state: 'open', slow: 1, slowCallRate: 0.5 });
  });
});

describe('cancelling', () => {
  it('is no failure and no success', async () => {
    const { breaker } = breakerWith();
    const controller = new AbortController();
    const call = breaker.execute(() => new Promise(() => {}), { signal: controller.signal });
    const reason = new Error('changed my mind');
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(breaker.metrics()).toMatchObject({ calls: 0, cancelled: 1, window: { calls: 0 } });
  });

  it('hands the signal on', async () => {
    const { breaker } = breakerWith();
    const { signal } = new AbortController();
    expect(await breaker.execute((context) => context.signal, { signal })).toBe(signal);
    const [one, other] = await Promise.all([
      breaker.execute((context) => [context.signal, context.signal]),
      breaker.execute((context) => [context.signal]),
    ]);
    expect(one[0]).toBeInstanceOf(AbortSignal);
    expect(one[0]).toBe(one[1]);
    expect(other[0]).not.toBe(one[0]);
  });

  it('before the call keeps it from being made', async () => {
    const { breaker } = breakerWith();
    const call = breaker.execute(() => expect.fail('called'), { signal: AbortSignal.abort(ILL) });
    await expect(call).rejects.toBe(ILL);
    expect(breaker.metrics()).toMatchObject({ cancelled: 0, rejected: 0 });
  });

  it('from within the function ends the call, too', async () => {
    const { breaker } = breakerWith();
    const controller = new AbortController();
    const call = breaker.execute(
      () => {
        controller.abort(ILL);
        return new Promise(() => {});
      },
      { signal: controller.signal },
    );
    await expect(call).rejects.toBe(ILL);
    expect(breaker.metrics().cancelled).toBe(1);
  });

  it('leaves nothing behind at a signal that lives on', async () => {
    const { breaker } = breakerWith();
    const { signal } = new AbortController();
    await breaker.execute(() => Promise.resolve(expect(listeners(signal)).toBe(0)), { signal });
    await breaker.execute(fail, { signal }).catch(() => {});
    await Promise.resolve();
    expect(listeners(signal)).toBe(0);
  });

  it('of a thousand calls under one signal is listened for once', async () => {
    const { breaker } = breakerWith();
    const control = new AbortController();
    const { signal } = control;
    const never = () => breaker.execute(() => new Promise(() => {}), { signal });
    const calls = Array.from({ length: 1_000 }, never);
    expect(listeners(signal)).toBe(1);
    control.abort(ILL);
    const ends = await Promise.allSettled(calls);
    expect(ends.every((end) => end.status === 'rejected' && end.reason === ILL)).toBe(true);
    expect(breaker.metrics().cancelled).toBe(1_000);
    expect(listeners(signal)).toBe(0);
  });

  it.each([
    ['an AbortError', new DOMException('aborted', 'AbortError')],
    ['a cancelled task', new TroupeError('TaskCancelled', 'no')],
    ['a cancelled execution', new TroupeError('ExecutionCancelled', 'no')],
  ])('is also what %s says', async (_, error) => {
    const { breaker } = breakerWith();
    await expect(breaker.execute(() => Promise.reject(error))).rejects.toBe(error);
    expect(breaker.metrics()).toMatchObject({ calls: 0, cancelled: 1 });
  });

  it('is not what a timeout says', async () => {
    const { breaker } = breakerWith();
    const error = new DOMException('too late', 'TimeoutError');
    await expect(breaker.execute(() => Promise.reject(error))).rejects.toBe(error);
    expect(breaker.metrics()).toMatchObject({ failures: 1, cancelled: 0 });
  });

  it('frees the place of a probe', async () => {
    const { breaker, clock } = breakerWith();
    await trip(breaker);
    await clock.advance(100);
    const controller = new AbortController();
    const probe = breaker.execute(() => new Promise(() => {}), controller);
    await rejection(breaker.execute(fail), 'BreakerOpen');
    controller.abort(ILL);
    await expect(probe).rejects.toBe(ILL);
    expect(breaker.state).toBe('half_open');
    await breaker.execute(() => 1);
    expect(breaker.state).toBe('closed');
  });
});

describe('the closed breaker', () => {
  it('hands the same permit to all calls, and makes nothing for one', () => {
    const { breaker, types } = breakerWith({ window: { calls: 1_000 }, minimumCalls: 1_000 });
    const permit = admitted(breaker);
    for (let call = 0; call < 999; call++) {
      expect(breaker.admit()).toBe(permit);
      permit.settle('failure');
    }
    expect(breaker.state).toBe('closed');
    expect(types()).toEqual([]);
    permit.settle('failure');
    expect(breaker.state).toBe('open');
    expect(types()).toEqual(['breaker.opened']);
  });

  it('is shut when the call that trips it returns', () => {
    const { breaker } = breakerWith();
    const permits = [admitted(breaker), admitted(breaker), admitted(breaker)];
    for (const permit of permits.slice(0, 2)) permit.settle('failure', ILL, 1);
    expect(breaker.admit()).toEqual({ admitted: false, retryAfter: 100 });
  });

  it('forgets failures that are older than its period', async () => {
    const { breaker, clock } = breakerWith({ window: { period: 100, buckets: 10 } });
    await breaker.execute(fail).catch(() => {});
    expect(breaker.metrics().window.failures).toBe(1);
    await clock.advance(101);
    expect(breaker.metrics()).toMatchObject({ window: { failures: 0 }, failures: 1 });
    await breaker.execute(fail).catch(() => {});
    expect(breaker.state).toBe('closed');
  });

  it('names no rate below the minimum of calls', async () => {
    const { breaker } = breakerWith({ failureRate: 1 });
    await breaker.execute(fail).catch(() => {});
    expect(breaker.metrics()).toMatchObject({ failureRate: undefined, slowCallRate: undefined });
    await breaker.execute(() => 1);
    expect(breaker.metrics()).toMatchObject({ failureRate: 0.5, slowCallRate: 0 });
  });
});

describe('the half-open breaker', () => {
  it('lets as many probes through as it should, and closes when they go well', async () => {
    const { breaker, clock, types } = breakerWith({ probes: 2 });
    await trip(breaker);
    await clock.advance(100);
    expect(breaker.metrics()).toMatchObject({ state: 'half_open', retryAfter: undefined });
    const probes = [admitted(breaker), admitted(breaker)];
    expect(breaker.admit()).toEqual({ admitted: false, retryAfter: 100 });
    for (const probe of probes) probe.settle('success');
    expect(breaker.state).toBe('closed');
    expect(types()).toEqual(['breaker.opened', 'breaker.half_opened', 'breaker.closed']);
  });

  it('opens for longer when they do not', async () => {
    const { breaker, clock, told } = breakerWith();
    await trip(breaker);
    await clock.advance(100);
    await breaker.execute(fail).catch(() => {});
    expect(breaker.metrics()).toMatchObject({ state: 'open', retryAfter: 200, opened: 2 });
    await clock.advance(200);
    await breaker.execute(() => 1);
    await trip(breaker);
    expect(breaker.metrics().retryAfter).toBe(100);
    const opened = told.filter(({ type }) => type === 'breaker.opened');
    expect(opened).toMatchObject([
      { breaker: 'mail', retryAfter: 100, breaks: 1 },
      { breaker: 'mail', retryAfter: 200, breaks: 2 },
      { breaker: 'mail', retryAfter: 100, breaks: 1 },
    ]);
  });

  it('opens again when a probe never answers, and does not hear it later', async () => {
    const { breaker, clock } = breakerWith({ halfOpenTimeout: 50 });
    await trip(breaker);
    await clock.advance(500);
    const probe = admitted(breaker);
    expect(breaker.admit()).toEqual({ admitted: false, retryAfter: 50 });
    await clock.advance(50);
    expect(breaker.state).toBe('open');
    await clock.advance(200);
    probe.settle('success');
    expect(breaker.state).toBe('half_open');
    expect(breaker.metrics().window.calls).toBe(0);
  });

  it('does not take the late end of an earlier call for that of a probe', async () => {
    const { breaker, clock } = breakerWith();
    const early = admitted(breaker);
    await trip(breaker);
    early.settle('failure', ILL);
    await clock.advance(100);
    const other = admitted(breaker);
    early.settle('success');
    expect(breaker.state).toBe('half_open');
    other.settle('success');
    expect(breaker.state).toBe('closed');
    early.settle('failure');
    expect(breaker.metrics()).toMatchObject({ failures: 4, window: { calls: 0 } });
  });

  it('begins also when the timer of the break is late', async () => {
    const { breaker, clock } = breakerWith();
    await trip(breaker);
    // The event loop was busy: time has passed, and no timer has fired.
    clock.now = () => 5_000;
    admitted(breaker).settle('success');
    expect(breaker.state).toBe('closed');
  });
});

describe('S34, the side of the gate', () => {
  it('refuses while it is open, for as long as that lasts, then lets one probe through', async () => {
    const { breaker, clock } = breakerWith();
    await trip(breaker);
    for (const waited of [0, 40, 60]) {
      await clock.advance(waited);
      const admission = breaker.admit();
      if (admission.admitted) {
        // Whoever holds restarts has one to show for it; the others go on waiting.
        expect(clock.now()).toBe(100);
        expect(breaker.admit()).toEqual({ admitted: false, retryAfter: 100 });
        admission.settle('success');
      } else expect(admission.retryAfter).toBe(100 - clock.now());
    }
    expect(breaker.state).toBe('closed');
  });

  it('never says to wait for nothing, or for ever', async () => {
    const { breaker, clock } = breakerWith({ halfOpenTimeout: 50 });
    const waits: number[] = [];
    const ask = () => {
      const admission = breaker.admit();
      if (!admission.admitted) waits.push(admission.retryAfter);
    };
    await trip(breaker);
    for (let ms = 0; ms < 150; ms++) {
      ask();
      await clock.advance(0.7);
    }
    const lock = breaker.isolate();
    ask();
    lock[Symbol.dispose]();
    expect(waits.length).toBeGreaterThan(100);
    for (const wait of waits) expect(Number.isSafeInteger(wait) && wait >= 1).toBe(true);
  });
});

describe('what counts', () => {
  const predicates: BreakerOptions = {
    isIgnored: (error) => (error as Error).message === 'ignored',
    isFailure: (error) => (error as Error).message !== 'harmless',
    isFailedResult: (result) => result === 500,
  };

  it('is up to the predicates', async () => {
    const { breaker } = breakerWith({ ...predicates, window: { calls: 9 }, minimumCalls: 9 });
    for (const name of ['ignored', 'harmless', 'grave']) {
      await expect(breaker.execute(() => Promise.reject(new Error(name)))).rejects.toThrow(name);
    }
    expect(await breaker.execute(() => 500)).toBe(500);
    expect(await breaker.execute(() => 200)).toBe(200);
    expect(breaker.metrics()).toMatchObject({ calls: 4, failures: 2, ignored: 1, cancelled: 0 });
  });

  it('goes on without a predicate that throws, and tells of it', async () => {
    const broken = () => {
      throw new TypeError('mine');
    };
    const { breaker, told } = breakerWith({
      ...{ isIgnored: broken, isFailure: broken, isFailedResult: broken, retryAfter: broken },
      minimumCalls: 4,
    });
    await expect(breaker.execute(fail)).rejects.toBe(ILL);
    expect(await breaker.execute(() => 5)).toBe(5);
    expect(breaker.metrics()).toMatchObject({ calls: 2, failures: 1 });
    expect(told).toMatchObject(
      ['isIgnored', 'isFailure', 'retryAfter', 'isFailedResult'].map((callback) => ({
        type: 'breaker.callback_failed',
        breaker: 'mail',
        callback,
        error: { name: 'TypeError', message: 'mine' },
      })),
    );
  });
});

describe("the far side's own wish", () => {
  const asking = (retryAfter: number) => Object.assign(new Error('busy'), { retryAfter });

  it('lengthens the break', async () => {
    const { breaker, clock } = breakerWith();
    await breaker.execute(() => Promise.reject(asking(5_000))).catch(() => {});
    await clock.advance(1_000);
    await trip(breaker);
    expect(breaker.metrics().retryAfter).toBe(4_000);
    await clock.advance(3_999);
    expect(breaker.state).toBe('open');
    await clock.advance(1);
    expect(breaker.state).toBe('half_open');
  });

  it('lengthens a break that has begun', async () => {
    const { breaker, clock } = breakerWith();
    const late = admitted(breaker);
    await trip(breaker);
    await clock.advance(60);
    late.settle('failure', asking(500));
    await clock.advance(499);
    expect(breaker.metrics()).toMatchObject({ state: 'open', retryAfter: 1 });
    await clock.advance(1);
    expect(breaker.state).toBe('half_open');
  });

  it('does not shorten one, and has its limit', async () => {
    const { breaker } = breakerWith({ maxRetryAfter: 300 });
    const permit = admitted(breaker);
    permit.settle('failure', asking(1));
    permit.settle('failure', asking(10 ** 12));
    expect(breaker.metrics().retryAfter).toBe(300);
    const { breaker: other } = breakerWith();
    for (let call = 0; call < 2; call++) admitted(other).settle('failure', asking(1));
    expect(other.metrics().retryAfter).toBe(100);
  });

  it('can be read by a function of its own, from a failed result too', async () => {
    const { breaker } = breakerWith({
      isFailedResult: (result) => (result as Response).status === 503,
      retryAfter: (value) => Number((value as Response).headers.get('retry-after')) * 1_000,
    });
    const busy = () => new Response('', { status: 503, headers: { 'retry-after': '7' } });
    for (let call = 0; call < 2; call++) await breaker.execute(busy);
    expect(breaker.metrics().retryAfter).toBe(7_000);
  });

  it('is done with by a reset', async () => {
    const { breaker } = breakerWith();
    admitted(breaker).settle('failure', asking(5_000));
    breaker.reset();
    await trip(breaker);
    expect(breaker.metrics().retryAfter).toBe(100);
  });
});

describe('people', () => {
  it('isolate it, as long as one of them wants to', async () => {
    const { breaker, types } = breakerWith();
    const [mine, yours] = [breaker.isolate(), breaker.isolate()];
    const error = await rejection(
      breaker.execute(() => 1),
      'BreakerOpen',
    );
    expect(error.details).toEqual({ breaker: 'mail', state: 'isolated', retryAfter: 100 });
    mine[Symbol.dispose]();
    mine[Symbol.dispose]();
    expect(breaker.state).toBe('isolated');
    yours[Symbol.dispose]();
    expect(breaker.state).toBe('closed');
    expect(await breaker.execute(() => 1)).toBe(1);
    expect(types()).toEqual(['breaker.isolated', 'breaker.closed']);
  });

  it('disable it: everything passes, and nothing is counted', async () => {
    const { breaker } = breakerWith();
    await trip(breaker);
    breaker.disable();
    for (let call = 0; call < 9; call++) await breaker.execute(fail).catch(() => {});
    expect(breaker.metrics()).toMatchObject({ state: 'disabled', calls: 2, window: { calls: 0 } });
    breaker.enable();
    expect(breaker.state).toBe('closed');
  });

  it('let it count only: everything passes', async () => {
    const { breaker } = breakerWith();
    breaker.metricsOnly();
    for (let call = 0; call < 9; call++) await breaker.execute(fail).catch(() => {});
    expect(breaker.metrics()).toMatchObject({
      state: 'metrics_only',
      calls: 9,
      failureRate: 1,
      window: { calls: 4 },
      opened: 0,
    });
  });

  it('are told of no state that was not entered anew', () => {
    const { breaker, types } = breakerWith();
    breaker.reset();
    breaker.enable();
    const locks = [breaker.isolate(), breaker.isolate()];
    for (const lock of locks) lock[Symbol.dispose]();
    breaker.disable();
    breaker.disable();
    breaker.reset();
    expect(types()).toEqual(['breaker.isolated', 'breaker.closed', 'breaker.disabled']);
  });
});

describe('its life', () => {
  it('ends when it is disposed of: everything passes, and no timer is left', async () => {
    const { breaker, clock, exits } = breakerWith();
    const early = admitted(breaker);
    await trip(breaker);
    breaker[Symbol.dispose]();
    breaker[Symbol.dispose]();
    expect(breaker.state).toBe('stopped');
    expect(clock.pending).toBe(0);
    expect(exits).toEqual([{ kind: 'shutdown' }]);
    expect(await breaker.execute(() => 1)).toBe(1);
    early.settle('failure');
    breaker.isolate()[Symbol.dispose]();
    breaker.reset();
    expect(breaker.state).toBe('stopped');
  });

  it('ends with an error of its own, lets everything pass, and can begin again', async () => {
    const broken = new Error('the sink is broken');
    let isBroken = true;
    const { breaker, exits, begin } = breakerWith(
      {},
      {
        publish({ type }) {
          if (isBroken && type === 'breaker.opened') throw broken;
        },
      },
    );
    for (let call = 0; call < 2; call++) await expect(breaker.execute(fail)).rejects.toBe(ILL);
    expect(exits).toEqual([{ kind: 'error', error: broken }]);
    expect(breaker.state).toBe('stopped');
    await expect(breaker.execute(fail)).rejects.toBe(ILL);
    const lock = breaker.isolate();
    breaker.disable();
    isBroken = false;
    begin();
    expect(breaker.state).toBe('isolated');
    lock[Symbol.dispose]();
    expect(breaker.state).toBe('disabled');
    breaker.enable();
    await trip(breaker);
    expect(breaker.state).toBe('open');
  });

  it('needs a name and options that make sense', () => {
    const deps = {
      clock: new VirtualClock(),
      random: seededRandom(1),
      sink: { publish: () => {} },
    };
    const make = (id: string, options: BreakerOptions) => new CircuitBreaker(id, options, deps);
    expect(thrown(() => make('', {}), 'InvalidOption').details.field).toBe('id');
    expect(thrown(() => make('a', { probes: 0 }), 'InvalidOption').details.field).toBe('probes');
  });
});
