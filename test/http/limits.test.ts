import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { exchange, rawRequest } from './fixtures/raw-request.ts';
import { runtime, serveAll, site } from './fixtures/served.ts';
import { openSite } from './fixtures/site.ts';

serveAll({ threads: 1 });

async function echo(body: string, headers: Record<string, string> = {}) {
  const answer = await rawRequest(site.url, {
    method: 'POST',
    path: '/tasks/fixture.echo',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  return { status: answer.status, body: JSON.parse(answer.body) as Record<string, unknown> };
}

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('a body', () => {
  test('may have the full size, and no byte more', async () => {
    const frame = '{"input":""}'.length;
    const full = await echo(`{"input":"${'x'.repeat(2 ** 20 - frame)}"}`);
    expect(full.status).toBe(200);
    const over = await echo(`{"input":"${'x'.repeat(2 ** 20 - frame + 1)}"}`);
    expect(over).toMatchObject({ status: 413, body: { code: 'BodyTooLarge' } });
  });

  test('is cut off at the limit when its length was not announced', async () => {
    const chunk = 'x'.repeat(2 ** 20 + 1);
    const answer = await exchange(
      site.url,
      `POST /tasks/fixture.echo HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${chunk.length.toString(16)}\r\n${chunk}\r\n0\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
  });

  test('may be nested 100 deep, and no deeper', async () => {
    const deepest = await echo(`{"input":${nested(99)}}`);
    expect(deepest.status).toBe(200);
    const deeper = await echo(`{"input":${nested(100)}}`);
    expect(deeper).toMatchObject({ status: 400, body: { code: 'BadRequest' } });
    expect(deeper.body.detail).toContain('100');
    const abyss = await echo('['.repeat(500_000));
    expect(abyss.status).toBe(400);
  });

  test('may have any number of brackets within texts', async () => {
    const input = `${'['.repeat(200)}\\"${'{'.repeat(200)}`;
    const body = JSON.stringify({ input, ['[{'.repeat(100)]: undefined });
    expect(await echo(body)).toEqual({ status: 200, body: { output: input } });
  });

  test.each([
    ['{"input":', 'cut'],
    ['{input:1}', 'no JSON'],
    ['', 'empty, in chunks'],
    ['{"__proto__":{"x":1}}', 'poisoned'],
    ['"\\', 'an open text'],
  ])('%s is malformed: %s', async (body) => {
    const answer = await echo(body);
    if (body === '') expect(answer.status).toBe(200);
    else expect(answer).toMatchObject({ status: 400, body: { code: 'BadRequest' } });
  });

  test('must be UTF-8', async () => {
    const answer = await fetch(`${site.url}/tasks/fixture.echo`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ detail: 'the body is not UTF-8' });
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'nonsense'])(
    'of type %s is not taken',
    async (type) => {
      const answer = await echo('{}', { 'content-type': type });
      expect(answer).toMatchObject({ status: 415, body: { code: 'UnsupportedMediaType' } });
    },
  );

  test('may say its charset', async () => {
    const answer = await echo('{"input":"é"}', {
      'content-type': 'application/json; charset=utf-8',
    });
    expect(answer.body).toEqual({ output: 'é' });
  });
});

describe('a slow client', () => {
  test.each([
    ['nothing', ''],
    ['half of its headers', 'POST /tasks/fixture.echo HTTP/1.1\r\nhost: localhost\r\n'],
    [
      'half of its body',
      'POST /tasks/fixture.echo HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{',
    ],
  ])('that sends %s is cut off, and hinders no other', async (_, bytes) => {
    await using hasty = await openSite(runtime, { requestTimeout: 100 });
    const slow = exchange(hasty.url, bytes);
    const other = await hasty.post('/tasks/fixture.echo', { input: 1 });
    expect(other.status).toBe(200);
    expect(await slow).toMatch(/^HTTP\/1.1 408 /);
  });

  test('that does not read its response is cut off', async () => {
    await using strict = await openSite(runtime, { heartbeat: 10, stallTimeout: 100 });
    const body = JSON.stringify({ input: { bytes: 2 ** 25 } });
    const { port } = new URL(strict.url);
    const client = connect(Number(port), '127.0.0.1').pause();
    client.on('error', () => {});
    const [connection] = await Promise.all([
      once(strict.http.server, 'connection'),
      client.write(
        `POST /tasks/fixture.bulk HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      ),
    ]);
    await once(connection[0], 'close');
    client.destroy();
  });
});

describe('bytes that are no request', () => {
  test('are malformed', async () => {
    const answer = await exchange(site.url, 'HELO there\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
    expect(answer).toContain('application/problem+json');
  });

  test('are too large as headers', async () => {
    const answer = await exchange(
      site.url,
      `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 431 /);
  });
});
