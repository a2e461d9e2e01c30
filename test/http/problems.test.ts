import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES, type ErrorCode, type Runtime, TroupeError } from '../../src/index.ts';
import { openSite } from './fixtures/site.ts';

const page = readFileSync(new URL('../../docs/http.md', import.meta.url), 'utf8');

/** What the table of `docs/http.md` says; the rest is a fault of the server: 500. */
const documented = new Map(
  [...page.matchAll(/^\| (\d{3}) \| (.*) \|$/gm)].flatMap(([, status, meaning = '']) =>
    [...meaning.matchAll(/`(\w+)`/g)].map(([, code]) => [code, Number(status)]),
  ),
);

function failingWith(error: unknown): Runtime {
  return { run: () => Promise.reject(error) } as unknown as Runtime;
}

describe('every error is a problem', () => {
  test.each(Object.keys(ERROR_CODES) as ErrorCode[])('%s', async (code) => {
    const error = new TroupeError(code, 'what happened', { details: { status: 'paused' } });
    await using site = await openSite(failingWith(error));
    const { status, headers, body } = await site.post('/tasks/any');
    expect(status).toBe(documented.get(code) ?? 500);
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(body).toEqual({
      type: `urn:troupe:error:${code}`,
      title: ERROR_CODES[code],
      status,
      detail: 'what happened',
      code,
      details: { status: 'paused' },
    });
    const isLater = code === 'Overloaded' || code === 'BreakerOpen';
    expect(headers.get('retry-after')).toBe(isLater ? '1' : null);
  });

  test.each(['Overloaded', 'BreakerOpen'] as const)(
    'says in whole seconds when to try again: %s',
    async (code) => {
      const retryAfter = {
        exact: 2_000,
        more: 2_001,
        now: 0,
        never: Infinity,
        huge: 1e300,
        no: -5_000,
      };
      const said: Record<string, string | null> = {};
      for (const [name, milliseconds] of Object.entries(retryAfter)) {
        const details = { retryAfter: milliseconds };
        const error = new TroupeError(code, 'no', { details });
        await using site = await openSite(failingWith(error));
        const { status, headers } = await site.post('/tasks/any');
        expect(status).toBe(503);
        said[name] = headers.get('retry-after');
      }
      expect(said).toEqual({ exact: '2', more: '3', now: '0', never: '1', huge: '1', no: '1' });
    },
  );

  test.each([
    ['an error', new Error('the password is 1234')],
    ['an error with a status', Object.assign(new Error('secret'), { statusCode: 418 })],
    ['no error at all', 'secret'],
    ['nothing', null],
  ])('%s that nobody expected tells nothing of itself', async (_, thrown) => {
    const logged: object[] = [];
    const logger = {
      debug: () => {},
      info: () => {},
      warn: () => {},
      error: (fields: object) => logged.push(fields),
      child: () => logger,
    };
    await using site = await openSite(failingWith(thrown), { logger });
    const { status, body } = await site.post('/tasks/any');
    expect(status).toBe(500);
    expect(body).toEqual({
      type: 'urn:troupe:error:InternalError',
      title: 'an unexpected error',
      status: 500,
      detail: 'the log of the server says more',
      code: 'InternalError',
    });
    expect(logged).toMatchObject([{ err: thrown, method: 'POST', url: '/tasks/any' }]);
  });

  test('an output that throws when it is read does not end the server', async () => {
    const output = {
      get trap() {
        throw new Error('sprung');
      },
    };
    const runtime = { run: async () => output } as unknown as Runtime;
    await using site = await openSite(runtime);
    const { status, body } = await site.post('/tasks/any');
    expect({ status, code: body.code }).toEqual({ status: 500, code: 'InternalError' });
    expect((await site.get('/nope')).status).toBe(404);
  });

  test('details and causes that JSON cannot carry are rendered', async () => {
    const cause: Error = new Error('inner');
    cause.cause = cause;
    const error = new TroupeError('TaskFailed', 'x', { cause, details: { size: 1n } });
    await using site = await openSite(failingWith(error));
    const { body } = await site.post('/tasks/any');
    expect(body).toMatchObject({
      details: { size: '1' },
      cause: { name: 'Error', message: 'inner', cause: '[circular]' },
    });
  });
});
