import { describe, expect, test } from 'vitest';
import { exchange, rawRequest } from './fixtures/raw-request.ts';
import { runtime, serveAll, site } from './fixtures/served.ts';
import { openSite, type Site } from './fixtures/site.ts';

serveAll({ threads: 1 });

async function statusFor(headers: Record<string, string>, path = '/tasks', on: Site = site) {
  const { status, body } = await rawRequest(on.url, { path, headers });
  const { code } = JSON.parse(body) as { code?: string };
  return code === undefined ? status : `${status} ${code}`;
}

describe('the host', () => {
  test.each(['localhost', 'LOCALHOST:3000', '127.0.0.1:81', '[::1]:3000'])(
    '%s is this machine',
    async (host) => {
      expect(await statusFor({ host })).toBe(200);
    },
  );

  test.each([
    'evil.example',
    'localhost.evil.example:3000',
    'localhost:3000@evil.example',
    'evil.example@localhost',
    '127.0.0.1.nip.io',
    'local host',
  ])('%j is not served', async (host) => {
    expect(await statusFor({ host })).toBe('403 HostNotAllowed');
  });

  test('must be named', async () => {
    const none = await exchange(site.url, 'GET /tasks HTTP/1.0\r\n\r\n');
    expect(none).toMatch(/^HTTP\/1.1 403 /);
    const empty = await exchange(site.url, 'GET /tasks HTTP/1.0\r\nhost:\r\n\r\n');
    expect(empty).toMatch(/^HTTP\/1.1 403 /);
  });

  test('may be another one where that is allowed', async () => {
    await using named = await openSite(runtime, { allowedHosts: ['Api.Example'] });
    expect(await statusFor({ host: 'api.example' }, '/tasks', named)).toBe(200);
    expect(await statusFor({ host: 'localhost' }, '/tasks', named)).toBe('403 HostNotAllowed');
  });

  test('may be any where more than this machine is bound', async () => {
    await using open = await openSite(runtime, { host: '0.0.0.0' });
    expect(await statusFor({ host: 'anything.example' }, '/tasks', open)).toBe(200);
  });
});

describe('the origin', () => {
  test.each([
    'http://evil.example',
    'http://localhost:3001',
    'https://localhost',
    'null',
    'file://',
    'nonsense',
  ])('%s is foreign', async (origin) => {
    expect(await statusFor({ host: 'localhost:3000', origin })).toBe('403 OriginNotAllowed');
  });

  test.each([
    ['http://localhost:3000', 'localhost:3000'],
    ['http://localhost', 'localhost:80'],
    ['https://localhost', 'localhost'],
  ])('%s is the page of %s itself', async (origin, host) => {
    expect(await statusFor({ host, origin })).toBe(200);
  });
});

describe('the token', () => {
  test('is demanded once there is one', async () => {
    await using closed = await openSite(runtime, { token: 'sesame' });
    const ask = (headers: Record<string, string>) => statusFor(headers, '/tasks', closed);
    expect(await ask({ authorization: 'Bearer sesame' })).toBe(200);
    expect(await ask({})).toBe('401 Unauthorized');
    expect(await ask({ authorization: 'Bearer Sesame' })).toBe('401 Unauthorized');
    expect(await ask({ authorization: 'sesame' })).toBe('401 Unauthorized');
    const unknown = await closed.get('/no/such/route');
    expect(unknown.status).toBe(401);
    expect(unknown.headers.get('www-authenticate')).toBe('Bearer');
  });

  test('is not demanded of probes, nor is a host', async () => {
    await using closed = await openSite(runtime, { token: 'sesame' });
    for (const path of ['/livez', '/readyz', '/startupz']) {
      expect(await statusFor({ host: '10.0.0.7:3000' }, path, closed)).toBe(200);
    }
  });
});

describe('routes', () => {
  test.each([
    ['GET', '/'],
    ['GET', '/nope'],
    ['POST', '/tasks/a/b'],
    ['GET', '/../../etc/passwd'],
    ['GET', '/executions/..%2f..%2fetc%2fpasswd'],
    ['GET', '/executions/%2e%2e/x'],
  ])('%s %s is not found', async (method, path) => {
    const { status, headers, body } = await rawRequest(site.url, { method, path });
    expect(status).toBe(404);
    expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(JSON.parse(body)).toMatchObject({ status: 404 });
  });

  test.each([
    ['PUT', '/tasks', 'GET, HEAD'],
    ['GET', '/tasks/fixture.echo', 'POST'],
    ['DELETE', '/executions/0190', 'GET, HEAD'],
    ['HEAD', '/executions/0190/events', 'GET'],
    ['OPTIONS', '/livez', 'GET, HEAD'],
  ])('%s %s is not allowed', async (method, path, allow) => {
    const { status, headers } = await rawRequest(site.url, { method, path });
    expect({ status, allow: headers.allow }).toEqual({ status: 405, allow });
  });

  test('a HEAD of a resource has its headers and no body', async () => {
    const { status, headers, body } = await rawRequest(site.url, {
      method: 'HEAD',
      path: '/tasks',
    });
    expect({ status, body }).toEqual({ status: 200, body: '' });
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
  });

  test('a path that cannot be decoded is malformed', async () => {
    const { status, body } = await rawRequest(site.url, { path: '/executions/%zz' });
    expect(status).toBe(400);
    expect(JSON.parse(body)).toMatchObject({ code: 'BadRequest' });
  });
});
