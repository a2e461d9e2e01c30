import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describe as describeValue,
  ERROR_CODES,
  type ErrorCode,
  type ErrorRecord,
  errorOf,
  invalidOption,
  messageOf,
  recordOf,
  retryAfterOf,
  TroupeError,
  taskNotFound,
} from '../../src/model/index.ts';

const codes = Object.keys(ERROR_CODES) as ErrorCode[];

/** An error whose accessors and traps are against us. */
function hostile(trap: keyof TroupeError | 'retryAfter'): Error {
  const get = () => {
    throw new Error('do not look');
  };
  return Object.defineProperty(new Error('hostile'), trap, { get });
}

/** Not even `instanceof` can be asked of it. */
function unaskable(): Error {
  const getPrototypeOf = () => {
    throw new Error('do not ask');
  };
  return new Proxy(new Error('unaskable'), { getPrototypeOf });
}

function causesOf(record: ErrorRecord): string[] {
  return record.cause === undefined ? [] : [record.cause.message, ...causesOf(record.cause)];
}

describe('TroupeError', () => {
  it('carries its code, details and cause', () => {
    const cause = new Error('why');
    const error = new TroupeError('TaskFailed', 'no', { cause, details: { task: 'a.b' } });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'TroupeError',
      code: 'TaskFailed',
      message: 'no',
      cause,
      details: { task: 'a.b' },
    });
  });

  it('has empty details and no cause unless it is given some', () => {
    const error = new TroupeError('TaskFailed', 'no');
    expect(error.details).toEqual({});
    expect('cause' in error).toBe(false);
    expect('cause' in new TroupeError('TaskFailed', 'no', { cause: undefined })).toBe(true);
  });

  it('is its record as JSON', () => {
    const error = new TroupeError('TaskFailed', 'no', { cause: 'why', details: { n: 1 } });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'TroupeError',
      message: 'no',
      code: 'TaskFailed',
      details: { n: 1 },
      stack: error.stack,
      cause: { name: 'NonError', message: 'why' },
    });
  });
});

describe('TroupeError.is', () => {
  it('recognises one, and its code', () => {
    const error = new TroupeError('TaskFailed', 'no');
    expect(TroupeError.is(error)).toBe(true);
    expect(TroupeError.is(error, 'TaskFailed')).toBe(true);
    expect(TroupeError.is(error, 'TaskTimeout')).toBe(false);
  });

  it('recognises one of another copy of troupe', () => {
    const other = Object.assign(new Error('no'), { name: 'TroupeError', code: 'TaskFailed' });
    expect(TroupeError.is(other, 'TaskFailed')).toBe(true);
  });

  it.each([
    undefined,
    'TaskFailed',
    new Error('no'),
    { name: 'TroupeError', code: 'TaskFailed' },
    Object.assign(new Error('no'), { name: 'TroupeError', code: 'ENOENT' }),
    Object.assign(new Error('no'), { name: 'TroupeError', code: 'toString' }),
    Object.assign(new Error('no'), { name: 'TroupeError' }),
    Object.assign(new Error('no'), { code: 'TaskFailed' }),
    hostile('name'),
    unaskable(),
  ])('is false for anything else (%#)', (value) => {
    expect(TroupeError.is(value)).toBe(false);
  });
});

describe('TroupeError.from', () => {
  it('leaves a TroupeError as it is', () => {
    const error = new TroupeError('TaskTimeout', 'late');
    expect(TroupeError.from(error, 'TaskFailed', 'task a')).toBe(error);
  });

  it.each([
    [new Error('no'), 'task a: no'],
    ['no', 'task a: no'],
    [undefined, 'task a: undefined'],
  ])('puts another value into the cause (%#)', (value, message) => {
    const error = TroupeError.from(value, 'TaskFailed', 'task a');
    expect(error).toMatchObject({ code: 'TaskFailed', message });
    expect(error.cause).toBe(value);
  });
});

describe('messageOf', () => {
  it.each([
    [new Error('no'), 'no'],
    [new TypeError(''), ''],
    ['text', 'text'],
    [null, 'null'],
    [Symbol('s'), 'Symbol(s)'],
    [Object.create(null), 'a value that cannot be printed'],
    [Object.defineProperty(new Error('no'), 'message', { value: {} }), 'Error'],
    [hostile('message'), 'Error'],
    [unaskable(), 'Error: unaskable'],
    [Object.defineProperty(hostile('message'), 'name', { value: 5 }), '5'],
    [Object.defineProperty(hostile('message'), 'name', { value: {} }), 'Error'],
  ])('can be read by a person (%#)', (value, message) => {
    expect(messageOf(value)).toBe(message);
  });
});

describe('recordOf', () => {
  it('keeps what an error says of itself', () => {
    const error = Object.assign(new RangeError('far'), { code: 'ERR_FAR', secret: 'not taken' });
    expect(recordOf(error)).toEqual({
      name: 'RangeError',
      message: 'far',
      code: 'ERR_FAR',
      stack: error.stack,
    });
  });

  it('keeps the wait that an error asks for, there and back', () => {
    const error = Object.assign(new Error('busy'), { retryAfter: 250 });
    expect(recordOf(error).retryAfter).toBe(250);
    expect(errorOf(recordOf(error))).toMatchObject({ message: 'busy', retryAfter: 250 });
    for (const odd of ['250', Number.NaN, -1, Number.POSITIVE_INFINITY, {}]) {
      const record = recordOf(Object.assign(new Error('busy'), { retryAfter: odd }));
      expect(record).not.toHaveProperty('retryAfter');
      expect(errorOf(record)).not.toHaveProperty('retryAfter');
    }
    expect(recordOf(hostile('retryAfter')).name).toBe('Error');
  });

  it('keeps the details of a TroupeError', () => {
    const error = new TroupeError('TaskFailed', 'no', { details: { task: 'a.b' } });
    expect(recordOf(error)).toMatchObject({ code: 'TaskFailed', details: { task: 'a.b' } });
  });

  it('takes a number for a code', () => {
    expect(recordOf(Object.assign(new Error('no'), { code: 42 })).code).toBe('42');
  });

  it('follows the causes', () => {
    const error = new Error('a', { cause: new Error('b', { cause: 'c' }) });
    expect(causesOf(recordOf(error))).toEqual(['b', 'c']);
    expect(recordOf(new Error('a', { cause: null })).cause).toEqual({
      name: 'NonError',
      message: 'null',
    });
  });

  it('cuts a chain of causes that goes in a circle', () => {
    const error = new Error('a');
    error.cause = new Error('b', { cause: error });
    expect(causesOf(recordOf(error))).toEqual(['b', 'a', 'b', 'a', 'b', 'a', 'b', 'a']);
  });

  it('survives errors whose accessors throw', () => {
    for (const trap of ['name', 'message', 'stack', 'code', 'cause', 'details'] as const) {
      const record = recordOf(new Error('outer', { cause: hostile(trap) }));
      expect(record.cause).toMatchObject({
        name: 'Error',
        message: trap === 'message' ? '' : 'hostile',
      });
      expect(Object.hasOwn(record.cause ?? {}, trap)).toBe(trap === 'name' || trap === 'message');
    }
    expect(recordOf(unaskable())).toEqual({ name: 'NonError', message: 'Error: unaskable' });
  });

  it('makes a plain record of whatever is thrown', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (value) => {
        const record = recordOf(value);
        expect(record).toEqual({ name: 'NonError', message: messageOf(value) });
        expect(typeof record.message).toBe('string');
      }),
    );
  });
});

describe('errorOf', () => {
  const text = fc.string({ unit: 'binary' });
  const details = fc.dictionary(fc.string(), fc.jsonValue());
  const { record } = fc.letrec<{ record: ErrorRecord }>((tie) => ({
    record: fc
      .record(
        { message: text, stack: text, retryAfter: fc.nat(), cause: tie('record') },
        { requiredKeys: ['message', 'stack'] },
      )
      .chain((base) =>
        fc.oneof(
          // One of ours, a foreign one, and one that only looks like ours.
          fc
            .record({ code: fc.constantFrom(...codes), details })
            .map((own) => ({ ...base, ...own, name: 'TroupeError' })),
          fc
            .record({ name: text, code: text }, { requiredKeys: ['name'] })
            .map((foreign) => ({ ...base, ...foreign })),
          fc.constant({ ...base, name: 'TroupeError', code: 'ENOENT' }),
        ),
      ) as fc.Arbitrary<ErrorRecord>,
  }));

  it('is the way back: the error has the record that it was made of', () => {
    fc.assert(
      fc.property(record, (original) => {
        fc.pre(causesOf(original).length <= 8);
        expect(recordOf(errorOf(original))).toEqual(original);
      }),
    );
  });

  it('makes a TroupeError where there was one', () => {
    const error = errorOf({ name: 'TroupeError', code: 'TaskTimeout', message: 'late' });
    expect(error).toBeInstanceOf(TroupeError);
    expect(error).toMatchObject({ code: 'TaskTimeout', details: {} });
  });

  it('makes a plain Error of what only claims to be one', () => {
    for (const code of ['ENOENT', 'toString', '__proto__']) {
      const error = errorOf({ name: 'TroupeError', code, message: 'no' });
      expect(error).not.toBeInstanceOf(TroupeError);
      expect(error).toMatchObject({ name: 'TroupeError', code });
    }
  });

  it('shows the stack of where it happened, and hides it as stacks are hidden', () => {
    const error = errorOf({ name: 'Odd', message: 'no', stack: 'Odd: no\n    at far' });
    expect(error.stack).toBe('Odd: no\n    at far');
    expect(Object.keys(error)).toEqual([]);
  });

  it('makes an error of the class of the language that its name says', () => {
    for (const Class of [EvalError, RangeError, SyntaxError, TypeError, URIError]) {
      const error = errorOf({ name: Class.name, message: 'no', code: 'ERR' });
      expect(error).toBeInstanceOf(Class);
      expect(error).toMatchObject({ name: Class.name, message: 'no', code: 'ERR' });
      expect(Object.keys(error)).toEqual(['code']);
    }
    for (const name of ['Odd', 'Object', 'AggregateError', 'constructor', '__proto__']) {
      const error = errorOf({ name, message: 'no' });
      expect(Object.getPrototypeOf(error)).toBe(Error.prototype);
      expect(error.name).toBe(name);
    }
  });
});

describe('invalidOption', () => {
  it('names the field, what was expected and what came', () => {
    const error = invalidOption('threads', 'an integer from 1 to 1024', 0);
    expect(error).toMatchObject({
      code: 'InvalidOption',
      message: 'threads must be an integer from 1 to 1024, but got 0',
      details: { field: 'threads', expected: 'an integer from 1 to 1024', received: '0' },
    });
  });
});

describe('describe', () => {
  it.each([
    ['te"xt', '"te\\"xt"'],
    ['x'.repeat(100), `"${'x'.repeat(80)}…"`],
    [12, '12'],
    [12n, '12'],
    [null, 'null'],
    [undefined, 'undefined'],
    [Symbol('s'), 'Symbol(s)'],
    [() => {}, 'a function'],
    [[1, 2], 'an array of 2'],
    [{}, 'a plain object'],
    [new Map(), 'a Map object'],
    [Object.create(null), 'a plain object'],
    [{ constructor: { name: 'Fake' } }, 'a plain object'],
    [new (class {})(), 'a plain object'],
    [unaskable(), 'an object that cannot be looked at'],
  ])('shows a value in short (%#)', (value, shown) => {
    expect(describeValue(value)).toBe(shown);
  });

  it('never throws, and stays short', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (value) => {
        expect(describeValue(value).length).toBeLessThan(600);
      }),
    );
  });
});

describe('taskNotFound', () => {
  it('lists the tasks that there are', () => {
    expect(taskNotFound('a.b', ['a.c', 'a.d'])).toMatchObject({
      code: 'TaskNotFound',
      message: 'there is no task a.b; known are a.c, a.d',
      details: { task: 'a.b' },
    });
    expect(taskNotFound('a.b', []).message).toBe('there is no task a.b; there are none');
  });
});

describe('what an error asks to be left alone for', () => {
  it('is kept on the way through a record', () => {
    const cause = Object.assign(new Error('busy'), { retryAfter: 30 });
    const failed = new TroupeError('TaskFailed', 'failed', { cause });
    expect(retryAfterOf(errorOf(recordOf(failed)))).toBe(30);
  });
});
