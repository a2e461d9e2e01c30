import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer as createNetServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { createServer } from '../../src/http/index.ts';
import { parked } from './fixtures/app.ts';
import { exchange } from './fixtures/raw-request.ts';
import { readEvents } from './fixtures/read-events.ts';
import { gate, runtime, serveEach, site } from './fixtures/served.ts';
import { openSite, startRuntime } from './fixtures/site.ts';

/** However busy the machine is. */
const never = { warn: Number.POSITIVE_INFINITY };

serveEach({ threads: 1, health: { eventLoopDelay: never, eventLoopUtilization: never } });

describe('the state', () => {
  test('of one that serves', async () => {
    for (const path of ['/livez', '/readyz', '/startupz']) {
      const { status, headers, body } = await site.get(path);
      expect({ path, status, body }).toEqual({ path, status: 200, body: { status: 'pass' } });
      expect(headers.get('content-type')).toMatch(/^application\/health\+json\b/);
    }
  });

  test('is told in full to those who may ask for more', async () => {
    await using full = await startRuntime({
      threads: 1,
      health: { serviceId: 'fixture', version: '1' },
    });
    await using closed = await openSite(full, { token: 'sesame' });
    expect((await closed.get('/health')).status).toBe(401);
    const { status, headers, body } = await closed.get('/health', {
      authorization: 'Bearer sesame',
    });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/health\+json\b/);
    expect(body).toMatchObject({
      status: 'pass',
      serviceId: 'fixture',
      version: '1',
      checks: {
        'runtime:state': [{ observedValue: 'running', status: 'pass' }],
        'eventLoop:delay': [{ componentType: 'system', observedUnit: 'ms' }],
        'queue:age': [{ observedValue: 0, observedUnit: 'ms', status: 'pass' }],
      },
    });
  });

  test('of one that depends on what fails', async () => {
    const output = 'disk full';
    const check = () => ({ status: 'fail', output }) as const;
    using _journal = runtime.health.add({ name: 'journal', kind: 'readiness', check });
    expect(await site.get('/livez')).toMatchObject({ status: 200, body: { status: 'pass' } });
    expect(await site.get('/startupz')).toMatchObject({ status: 200, body: { status: 'pass' } });
    const { status, body } = await site.get('/readyz');
    expect({ status, body }).toEqual({ status: 503, body: { status: 'fail' } });
    expect(await site.get('/health')).toMatchObject({
      status: 503,
      body: { status: 'fail', checks: { journal: [{ status: 'fail', output }] } },
    });
  });

  test('tells what a check observed, whatever it is', async () => {
    const check = () => ({ observedValue: { lag: 2n ** 64n, trap: { toJSON } } });
    const toJSON = () => {
      throw new Error('sprung');
    };
    using _lag = runtime.health.add({ name: 'lag', kind: 'readiness', check });
    const big = () => ({ observedValue: 2n ** 64n });
    using _offset = runtime.health.add({ name: 'offset', kind: 'readiness', check: big });
    const { status, body } = await site.get('/health');
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        checks: {
          lag: [{ observedValue: 'a plain object' }],
          offset: [{ observedValue: '18446744073709551616' }],
        },
      },
    });
    expect(JSON.stringify(runtime.query.probe())).toContain('"18446744073709551616"');
  });

  test('of one that only warns', async () => {
    const check = () => ({ status: 'warn' }) as const;
    using _cache = runtime.health.add({ name: 'cache', kind: 'readiness', check });
    expect(await site.get('/readyz')).toMatchObject({ status: 200, body: { status: 'warn' } });
  });

  test('of one that has not come up', async () => {
    const check = () => ({ status: 'fail' }) as const;
    await using starting = await startRuntime({
      threads: 1,
      health: { checks: [{ name: 'migration', kind: 'startup', check }] },
    });
    await using young = await openSite(starting);
    expect(await young.get('/startupz')).toMatchObject({ status: 503, body: { status: 'fail' } });
    expect(await young.get('/livez')).toMatchObject({ status: 200 });
  });

  test('shows the supervision tree', async () => {
    const execution = await runtime.start(parked, { port: gate.port });
    const { status, body } = await site.get('/tree');
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: 'runtime', type: 'supervisor', status: 'running' });
    expect(JSON.stringify(body)).toContain(execution.id);
    await execution.cancel();
  });

  test('of one whose runtime is shut down', async () => {
    await runtime.shutdown();
    expect(await site.get('/livez')).toMatchObject({ status: 200 });
    expect(await site.get('/readyz')).toMatchObject({ status: 503, body: { status: 'fail' } });
    expect(await site.get('/health')).toMatchObject({
      status: 503,
      body: { checks: { 'runtime:state': [{ observedValue: 'stopped' }] } },
    });
    const refused = await site.post('/tasks/fixture.echo', { input: 1 });
    expect(refused).toMatchObject({ status: 503, body: { code: 'RuntimeClosed' } });
  });

  test('of one whose runtime has failed', async () => {
    await using failed = await startRuntime({ threads: 1, restartIntensity: { intensity: 0 } });
    await using site = await openSite(failed);
    const gaveUp = new Promise<void>((resolve) => {
      failed.subscribe((event) => {
        if (event.type === 'supervisor.escalated' && event.supervisor === 'runtime') resolve();
      });
    });
    expect((await site.post('/tasks/fixture.exit')).status).toBe(500);
    await gaveUp;
    // It will not come back by itself.
    for (const path of ['/livez', '/readyz']) {
      expect(await site.get(path)).toMatchObject({ status: 503, body: { status: 'fail' } });
    }
  });
});

describe('the end', () => {
  test('fails readiness, ends streams, and lets what runs finish', async () => {
    const answer = site.post('/tasks/fixture.park', { input: { port: gate.port } });
    const task = await gate.next();
    const [latest] = await runtime.query.list({ limit: 1 });
    const path = `/executions/${latest?.id}`;
    const stream = readEvents(`${site.url}${path}/events`);
    await stream.next();

    site.http.drain();
    const ended = runtime.shutdown();
    for await (const { event } of stream) expect(event).not.toBe('execution.completed');
    expect(await site.get('/readyz')).toMatchObject({ status: 503, body: { status: 'fail' } });
    expect(await site.get('/health')).toMatchObject({
      status: 503,
      body: {
        checks: {
          'runtime:state': [{ observedValue: 'stopping', status: 'fail' }],
          'server:state': [{ status: 'fail' }],
        },
      },
    });
    expect(await site.get('/livez')).toMatchObject({ status: 200 });
    expect(await site.get(path)).toMatchObject({ status: 200, body: { status: 'running' } });
    expect(await site.get(`${path}/events`)).toMatchObject({ status: 503 });
    const refused = await site.post('/tasks/fixture.echo', { input: 1 });
    expect(refused).toMatchObject({ status: 503, body: { code: 'RuntimeClosed' } });
    expect(refused.headers.get('connection')).toBe('close');

    task.release('finished');
    expect(await answer).toMatchObject({ status: 200, body: { output: 'finished' } });
    expect(await ended).toMatchObject({ overran: [], errors: [] });
    await site.http.close();
    await expect(site.get('/livez')).rejects.toThrow('fetch failed');
  });

  test('waits for no connection that has not asked for anything', async () => {
    const [silent, half] = [
      exchange(site.url, ''),
      exchange(site.url, 'GET /tasks HTTP/1.1\r\nhost: loc'),
    ];
    await once(site.http.server, 'connection');
    await once(site.http.server, 'connection');
    await site.http.close();
    await Promise.allSettled([silent, half]);
  });

  test('waits for a response that is under way', async () => {
    const answer = site.post('/tasks/fixture.park', { input: { port: gate.port } });
    const task = await gate.next();
    const closed = site.http.close();
    task.release('in time');
    expect(await answer).toMatchObject({ status: 200, body: { output: 'in time' } });
    await closed;
  });

  test('comes once', async () => {
    expect(site.http.close()).toBe(site.http.close());
    await site.http.close();
  });
});

describe('createServer', () => {
  test('says where it listens, for names and for addresses', async () => {
    expect(site.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    await using named = await openSite(runtime, { host: 'localhost' });
    expect((await named.get('/livez')).status).toBe(200);
  });

  test('rejects when the port is taken', async () => {
    const taken = createNetServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await using server = createServer(runtime, { port });
    await expect(server.listen()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    taken.close();
  });
});
