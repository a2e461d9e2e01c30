import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from '../../actors/circuit-breaker.ts';
import type { BreakerOptions } from '../../src/model/index.ts';
import { seededRandom, VirtualClock } from '../../src/testing/index.ts';
import { rejection } from '../support/rejection.ts';
import { thrown } from '../support/thrown.ts';
import { admitted, breakerWith, fail, ILL, trip } from './touchy-breaker.ts';

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
