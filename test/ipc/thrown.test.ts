import { describe, expect, it } from 'vitest';
import { receivedError, type SentError, sentError } from '../../src/ipc/index.ts';
import { TroupeError } from '../../src/model/index.ts';
import { differenceOf } from './faithful.ts';
import { EACH_WAY } from './ways.ts';

class HttpError extends TypeError {
  override readonly name = 'HttpError';
  readonly status = 404;
}

class Plain extends Error {
  override readonly name = 'Plain';
}

function looping(): Error {
  const error = new Error('outer', { cause: new Error('inner') });
  (error.cause as Error).cause = error;
  return error;
}

function chained(length: number): Error {
  let error = new Error('root');
  for (let i = 0; i < length; i++) error = new Error(`level ${i}`, { cause: error });
  return error;
}

/** Errors of which everything arrives. */
const WHOLE: [string, () => Error][] = [
  ['a plain one', () => new Error('no')],
  ['one of the language', () => new RangeError('far')],
  ['one with a cause', () => new SyntaxError('no', { cause: new EvalError('why') })],
  [
    'one of Node',
    () => Object.assign(new Error('no such'), { code: 'ENOENT', errno: -2, path: '/' }),
  ],
  ['one with a code that is a number', () => Object.assign(new Error('no'), { code: 42 })],
  ['one with data', () => Object.assign(new Error('no'), { response: { status: 500, at: [-0] } })],
  ['one with bytes', () => Object.assign(new Error('no'), { body: new Uint8Array(5_000) })],
  ['one that causes itself', looping],
  ['one with a cause that is no error', () => new Error('no', { cause: { code: 5 } })],
  ['one of many', () => new AggregateError([new TypeError('a'), 'b'], 'all failed')],
  ['one without a message', () => new Error()],
  ['one with a stack of its own', () => Object.assign(new Error('no'), { stack: 'here' })],
  ['one that asks for a wait', () => Object.assign(new Error('busy'), { retryAfter: 50 })],
  ['one that asks for an odd wait', () => Object.assign(new Error('busy'), { retryAfter: '50' })],
  ['one of ours', () => new TroupeError('TaskFailed', 'no', { details: { task: 'a.b' } })],
  ['one of ours, with data', () => new TroupeError('TaskFailed', 'no', { details: { at: [1] } })],
  ['one with a long chain of causes', () => chained(20)],
];

describe.each(EACH_WAY)('an error that is thrown there and told here, by %s', (_, way) => {
  const told = (thrown: unknown) => receivedError(way(sentError(thrown)) as SentError);

  it.each(WHOLE)('is told with all that it is: %s', (__, make) => {
    const error = make();
    expect(differenceOf(told(error), error)).toBeUndefined();
  });

  it.each(['ownKeys', 'getOwnPropertyDescriptor', 'get', 'getPrototypeOf', 'has'] as const)(
    'is an Error also if it is a Proxy of one whose trap throws: %s',
    (trap) => {
      const fail = () => {
        throw new Error('trapped');
      };
      expect(told(new Proxy(new Error('no'), { [trap]: fail }))).toBeInstanceOf(Error);
      const all = { ownKeys: fail, getOwnPropertyDescriptor: fail, get: fail, [trap]: fail };
      expect(told(new Proxy(new Error('no'), all))).toBeInstanceOf(Error);
    },
  );

  it('keeps the class of the language that it extends, and its own name', () => {
    const error = told(new HttpError('no', { cause: new Plain('why') }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ name: 'HttpError', status: 404, message: 'no' });
    expect(error.cause).toMatchObject({ name: 'Plain', message: 'why' });
  });

  it('is ours again if it was ours', () => {
    const error = told(new TroupeError('TaskTimeout', 'late', { details: { list: [1] } }));
    expect(error).toBeInstanceOf(TroupeError);
    expect(TroupeError.is(error, 'TaskTimeout')).toBe(true);
  });

  it('is an Error of its name if it is one of the platform', () => {
    const error = told(AbortSignal.abort().reason);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'AbortError', message: expect.stringContaining('abort') });
  });

  it('leaves behind what cannot travel, and says so', () => {
    const error = Object.assign(new RangeError('no', { cause: { later: Promise.resolve() } }), {
      save() {},
      request: { ok: 1, agent: { on: () => {} } },
      status: 500,
    });
    const back = told(error);
    expect(back).toBeInstanceOf(RangeError);
    expect(back).toMatchObject({ message: 'no', stack: error.stack, status: 500 });
    expect(Object.keys(back)).toEqual(['request', 'status', 'notCarried']);
    expect(back).toMatchObject({ request: { ok: 1 }, cause: {} });
    expect(back).toMatchObject({
      notCarried: [
        'cause.later: an instance of Promise',
        'save: a function',
        'request.agent.on: a function',
      ],
    });
  });

  it('keeps its details but for those that cannot travel', () => {
    const details = { task: 'a.b', reason: { save() {} }, list: [1] };
    const error = new TroupeError('TaskCancelled', 'stop', { details });
    expect(told(error)).toMatchObject({
      code: 'TaskCancelled',
      details: { task: 'a.b', list: [1] },
      notCarried: ['details.reason.save: a function'],
    });
  });

  it('loses what is too large, and not itself', () => {
    const error = Object.assign(new Error('no'), { body: new Uint8Array(100_000), status: 500 });
    const sent = way(sentError(error), { maxBytes: 65_536 });
    expect(receivedError(sent as SentError)).toMatchObject({
      message: 'no',
      status: 500,
      notCarried: ['body: too large'],
    });
  });

  it('is cut where it has more than 100 causes, and says so', () => {
    let error: unknown = told(chained(5_000));
    let levels = 0;
    for (; error instanceof Error && error.cause !== undefined; levels++) error = error.cause;
    expect(levels).toBe(99);
    expect(error).toMatchObject({ notCarried: ['cause: nested in more than 100 errors'] });
  });

  it.each([
    ['text', 'text'],
    [5, '5'],
    [null, 'null'],
    [undefined, 'undefined'],
    [{ message: 'no error' }, '[object Object]'],
    [Symbol('s'), 'Symbol(s)'],
  ])('is an Error if what was thrown is none: %s', (value, message) => {
    expect(told(value)).toMatchObject({ name: 'NonError', message });
  });

  it('survives accessors that throw', () => {
    const error = new Error('no');
    for (const key of ['code', 'secret', 'stack']) {
      Object.defineProperty(error, key, {
        enumerable: true,
        get() {
          throw new Error('do not look');
        },
      });
    }
    expect(told(error)).toMatchObject({
      message: 'no',
      notCarried: expect.arrayContaining(['code: unreadable', 'secret: unreadable']),
    });
  });
});

describe('an error as it is sent', () => {
  it('is a plain record where that says all of it', () => {
    for (const error of [new Error('no'), new RangeError('no', { cause: new Plain('why') })]) {
      expect(Object.getPrototypeOf(sentError(error))).toBe(Object.prototype);
    }
  });

  it('is itself where there is more to it', () => {
    const error = Object.assign(new Error('no'), { status: 5 });
    expect(sentError(error)).toBe(error);
  });
});
