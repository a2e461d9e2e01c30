import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  HEALTH_STATUSES,
  type HealthCheck,
  type HealthStanding,
  type HealthStatus,
  initialStanding,
  judge,
  nextStanding,
  readingsOf,
  resolveHealthCheck,
  resolveHealthOptions,
  worseOf,
  worstOf,
} from '../../src/model/index.ts';
import { thrown } from '../support/thrown.ts';

const status = fc.constantFrom(...HEALTH_STATUSES);
const rank = (one: HealthStatus) => HEALTH_STATUSES.indexOf(one);
const looks = () => {};

describe('the join of statuses', () => {
  it('is the least that is as bad as both', () => {
    fc.assert(
      fc.property(status, status, status, (a, b, c) => {
        expect(worseOf(a, b)).toBe(worseOf(b, a));
        expect(worseOf(a, worseOf(b, c))).toBe(worseOf(worseOf(a, b), c));
        expect(worseOf(a, a)).toBe(a);
        expect(worseOf('pass', a)).toBe(a);
        expect(worseOf('fail', a)).toBe('fail');
        expect(rank(worseOf(a, b))).toBe(Math.max(rank(a), rank(b)));
      }),
    );
  });

  it('of nothing passes', () => {
    expect(worstOf([])).toBe('pass');
    expect(worstOf(['pass', 'fail', 'warn'])).toBe('fail');
  });
});

describe('judge', () => {
  it.each([
    [0, 'pass'],
    [9.9, 'pass'],
    [10, 'warn'],
    [19, 'warn'],
    [20, 'fail'],
    [Number.POSITIVE_INFINITY, 'fail'],
  ])('finds that %d is a %s', (value, expected) => {
    expect(judge(value, { warn: 10, fail: 20 })).toBe(expected);
  });

  it('never fails where the threshold is Infinity', () => {
    expect(judge(1e300, { warn: 10, fail: Number.POSITIVE_INFINITY })).toBe('warn');
  });
});

describe('the standing of a check', () => {
  const play = (found: readonly HealthStatus[], failureThreshold: number, successThreshold = 1) => {
    let standing: HealthStanding = initialStanding('liveness');
    return found.map((one) => {
      standing = nextStanding(standing, one, { failureThreshold, successThreshold });
      return standing.status;
    });
  };

  it('is alive until it is found dead, and not ready until it is found so', () => {
    expect(initialStanding('liveness').status).toBe('pass');
    expect(initialStanding('readiness').status).toBe('fail');
    expect(initialStanding('startup').status).toBe('fail');
  });

  it('warns of failures until there are enough in a row', () => {
    expect(play(['fail', 'fail', 'pass', 'fail', 'fail', 'fail', 'fail'], 3)).toEqual(
      ['warn', 'warn', 'pass', 'warn', 'warn', 'fail', 'fail'], // prettier-ignore
    );
  });

  it('fails until there are enough successes in a row', () => {
    expect(play(['fail', 'pass', 'warn', 'fail', 'pass', 'pass', 'warn', 'pass'], 1, 3)).toEqual(
      ['fail', 'fail', 'fail', 'fail', 'fail', 'fail', 'warn', 'pass'], // prettier-ignore
    );
  });

  it('is not ready after a first failure, whatever the threshold', () => {
    const standing = initialStanding('readiness');
    const thresholds = { failureThreshold: 5, successThreshold: 1 };
    expect(nextStanding(standing, 'fail', thresholds).status).toBe('fail');
    expect(nextStanding(standing, 'warn', thresholds).status).toBe('warn');
  });

  it('turns to a failure and back only after as many runs in a row as are asked for', () => {
    const threshold = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(fc.array(status), threshold, threshold, (found, failures, successes) => {
        const held = play(found, failures, successes);
        for (let i = 0; i < held.length; i++) {
          const inARow = (wanted: boolean, count: number) =>
            i + 1 >= count &&
            found.slice(i + 1 - count, i + 1).every((one) => (one === 'fail') === wanted);
          const failed = held[i - 1] === 'fail';
          expect(held[i] === 'fail').toBe(
            failed ? !inARow(false, successes) : inARow(true, failures),
          );
        }
      }),
    );
  });

  it('never shows a failure as if all were well, nor what it is not held for', () => {
    const threshold = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(fc.array(status), threshold, threshold, (found, failures, successes) => {
        const held = play(found, failures, successes);
        expect(held.filter((now, i) => now === 'pass' && found[i] !== 'pass')).toEqual([]);
        expect(held.filter((now, i) => now === 'warn' && found[i] === 'pass')).toEqual([]);
      }),
    );
  });
});

describe('what a check gives', () => {
  it.each([
    [undefined, [{ status: 'pass' }]],
    [[], [{ status: 'pass' }]],
    [{}, [{ status: 'pass' }]],
    [
      { status: 'warn', observedValue: 3, observedUnit: 'ms', componentId: 'a', output: 'slow' },
      [{ status: 'warn', observedValue: 3, observedUnit: 'ms', componentId: 'a', output: 'slow' }],
    ],
    [
      [{ componentId: 'a' }, { componentId: 'b', status: 'fail' }],
      [
        { status: 'pass', componentId: 'a' },
        { status: 'fail', componentId: 'b' },
      ],
    ],
    [{ rows: [1] }, [{ status: 'pass' }]],
  ])('%o is readings', (outcome, readings) => {
    expect(readingsOf(outcome)).toEqual(readings);
  });

  it.each([
    [{ status: 'ok' }, '"ok"'],
    [false, 'false'],
    ['PONG', '"PONG"'],
    [null, 'null'],
    [[1], '1'],
  ])('%o fails, saying what came', (outcome, shown) => {
    const [reading] = readingsOf(outcome);
    expect(reading?.status).toBe('fail');
    expect(reading?.output).toContain(shown);
  });
});

describe('what a check observed', () => {
  const observed = (observedValue: unknown) => readingsOf({ observedValue })[0]?.observedValue;
  const circle: object[] = [];
  circle.push(circle);
  const trap = {
    get value() {
      throw new Error('sprung');
    },
  };

  it.each([
    [12n, '12'],
    [{ rows: [2n ** 64n] }, { rows: ['18446744073709551616'] }],
    [Number.NaN, 'NaN'],
    [
      [Number.NEGATIVE_INFINITY, 1],
      ['-Infinity', 1],
    ],
    [new Map([['lag', 3n]]), [['lag', '3']]],
    [new Set([1]), [1]],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [Symbol('lag'), 'Symbol(lag)'],
    [() => 1, 'a function'],
    [circle, 'an array of 1'],
    [trap, 'a plain object'],
    [nested(100_000), 'an array of 1'],
    [null, null],
    [
      { lag: 1.5, ok: true },
      { lag: 1.5, ok: true },
    ],
  ])('is what JSON can carry: case %#', (value, carried) => {
    expect(observed(value)).toEqual(carried);
  });

  it('is what JSON gives back, whatever it was', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withMap: true, withDate: true }), (value) => {
        const shown = observed(value) ?? null;
        expect(JSON.parse(JSON.stringify(shown))).toEqual(shown);
      }),
    );
  });

  it('stays what it was when it was found', () => {
    const state = { lag: 1 };
    const [reading] = readingsOf({ observedValue: state });
    state.lag = 2;
    expect(reading?.observedValue).toEqual({ lag: 1 });
  });
});

/** As deep as no recursion reaches. */
function nested(depth: number): unknown[] {
  let value: unknown[] = [];
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

describe('resolveHealthCheck', () => {
  it('fills in the defaults', () => {
    const check = { name: 'database', kind: 'readiness', check: looks } as const;
    expect(resolveHealthCheck({ ...check, period: undefined } as never)).toEqual({
      name: 'database',
      kind: 'readiness',
      componentType: 'component',
      period: 10_000,
      timeout: 5_000,
      maxAge: 25_000,
      failureThreshold: 1,
      successThreshold: 1,
      check: expect.any(Function),
    });
  });

  it('calls the check on its object, which may be of a class', async () => {
    class Database implements HealthCheck {
      readonly name = 'database';
      readonly kind = 'readiness';
      readonly url = 'here';
      check() {
        return { observedValue: this.url };
      }
    }
    const { check } = resolveHealthCheck(new Database());
    expect(check({ signal: new AbortController().signal })).toEqual({ observedValue: 'here' });
  });

  it.each([
    [{ name: '' }, 'name'],
    [{ name: 'a:b:c' }, 'name'],
    [{ name: 5 }, 'name'],
    [{ kind: 'health' }, 'kind'],
    [{ check: 'ping' }, 'check'],
    [{ componentType: '' }, 'componentType'],
    [{ period: 0 }, 'period'],
    [{ period: 2 ** 31 }, 'period'],
    [{ timeout: 1.5 }, 'timeout'],
    [{ maxAge: 0 }, 'maxAge'],
    [{ failureThreshold: 0 }, 'failureThreshold'],
    [{ successThreshold: Number.NaN }, 'successThreshold'],
    [{ timout: 100 }, 'timout'],
    [{ thresholds: undefined }, 'thresholds'],
  ])('refuses %o, naming %s', (wrong, field) => {
    const check = { name: 'a', kind: 'readiness', check: looks, ...wrong } as never;
    const error = thrown(() => resolveHealthCheck(check), 'InvalidOption');
    expect(error.details.field).toContain(field);
  });

  it('refuses what is no object', () => {
    thrown(() => resolveHealthCheck(null as never), 'InvalidOption');
  });
});

describe('resolveHealthOptions', () => {
  it('has a default for everything', () => {
    expect(resolveHealthOptions()).toMatchObject({
      service: {},
      checks: [],
      period: 1_000,
      memoryLimit: undefined,
      thresholds: { eventLoopDelay: { warn: 500, fail: 5_000 } },
    });
  });

  it('takes a part of a threshold, and keeps it in order', () => {
    const { thresholds } = resolveHealthOptions({
      eventLoopDelay: { fail: 100 },
      memory: { warn: 0.99 },
      queueAge: { fail: 60_000 },
    });
    expect(thresholds.eventLoopDelay).toEqual({ warn: 100, fail: 100 });
    expect(thresholds.memory).toEqual({ warn: 0.99, fail: 0.99 });
    expect(thresholds.queueAge).toEqual({ warn: 30_000, fail: 60_000 });
  });

  it('keeps what is said of the service, and nothing that is not', () => {
    const { service } = resolveHealthOptions({ serviceId: 'audit', version: '1' });
    expect(service).toEqual({ serviceId: 'audit', version: '1' });
  });

  it.each([
    [null, 'health'],
    [{ checks: {} }, 'health.checks'],
    [{ checks: [{}] }, 'name'],
    [{ period: 0 }, 'health.period'],
    [{ memoryLimit: -1 }, 'health.memoryLimit'],
    [{ version: 5 }, 'health.version'],
    [{ memory: 0.5 }, 'health.memory'],
    [{ memory: { warn: -1 } }, 'health.memory.warn'],
    [{ memory: { warm: 0.5 } }, 'health.memory.warm'],
    [{ checks: [{ name: 'a', kind: 'readiness', check: looks, timout: 5 }] }, 'timout'],
    [{ memory: { fail: Number.NaN } }, 'health.memory'],
    [{ memory: { warn: 0.9, fail: 0.8 } }, 'health.memory.fail'],
    [{ cpu: {} }, 'health.cpu'],
  ])('refuses %o, naming %s', (wrong, field) => {
    const error = thrown(() => resolveHealthOptions(wrong as never), 'InvalidOption');
    expect(error.details.field).toContain(field);
  });
});
