import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { flood, parked } from './fixtures/app.ts';
import { EventParser, readEvents, type SentEvent } from './fixtures/read-events.ts';
import { gate, runtime, serveAll, site } from './fixtures/served.ts';
import { openSite, type Site } from './fixtures/site.ts';

serveAll();

async function park(on: Site = site) {
  const execution = await runtime.start(parked, { port: gate.port });
  const task = await gate.next();
  return { execution, task, url: `${on.url}/executions/${execution.id}/events` };
}

/** The response of the next request, as the server holds it. */
async function nextResponse(on: Site): Promise<ServerResponse> {
  const [, response] = (await once(on.http.server, 'request')) as [unknown, ServerResponse];
  return response;
}

async function collect(events: AsyncIterable<SentEvent>): Promise<SentEvent[]> {
  const all: SentEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

const ids = (events: readonly SentEvent[]) => events.map(({ id }) => Number(id));

describe('GET /executions/:id/events', () => {
  test('tells what was and what comes, and ends with the execution', async () => {
    const { execution, task, url } = await park();
    const stream = readEvents(url);
    const first = await stream.next();
    expect(first.value).toMatchObject({
      id: '1',
      event: 'execution.started',
      data: { type: 'execution.started', sequence: 1, executionId: execution.id },
    });
    task.release('over');
    const rest = await collect(stream);
    expect(rest.map(({ event }) => event)).toEqual([
      'step.started',
      'step.completed',
      'step.started',
      'step.completed',
      'execution.completed',
    ]);
    expect(ids(rest)).toEqual([2, 3, 4, 5, 6]);
    expect(rest.at(-1)?.data).toMatchObject({ output: 'over' });
  });

  test('tells all of one that has ended', async () => {
    const execution = await runtime.start(flood, { items: 2, bytes: 3 });
    await execution.result();
    const events = await collect(readEvents(`${site.url}/executions/${execution.id}/events`));
    expect(ids(events)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)?.event).toBe('execution.completed');
  });

  test('tells errors without stacks', async () => {
    const execution = await runtime.start('failing', { message: 'no' });
    await expect(execution.result()).rejects.toThrow();
    const events = await collect(readEvents(`${site.url}/executions/${execution.id}/events`));
    const failed = events.filter(({ event }) => event.endsWith('.failed'));
    expect(failed).toHaveLength(2);
    expect(failed[1]?.data.error).toMatchObject({ code: 'TaskFailed', cause: { message: 'no' } });
    expect(JSON.stringify(failed)).not.toContain('stack');
  });

  test('goes on after the Last-Event-ID, of a live one', async () => {
    const { task, url } = await park();
    const first = readEvents(url);
    const seen = [await first.next(), await first.next()].map(({ value }) => value as SentEvent);
    await first.return(undefined);
    const second = readEvents(url, { 'last-event-id': seen[1]?.id ?? '' });
    task.release('over');
    expect(ids([...seen, ...(await collect(second))])).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('goes on after the Last-Event-ID, of an ended one', async () => {
    const execution = await runtime.start(flood, { items: 2, bytes: 3 });
    await execution.result();
    const url = `${site.url}/executions/${execution.id}/events`;
    const events = await collect(readEvents(url, { 'last-event-id': '3' }));
    expect(ids(events)[0]).toBe(4);
    const queried = await collect(readEvents(`${url}?after=3`));
    expect(ids(queried)).toEqual(ids(events));
  });

  test('answers 204 where nothing is left to tell: a browser stays away then', async () => {
    const execution = await runtime.start(flood, { items: 0, bytes: 0 });
    await execution.result();
    const last = (await runtime.query.history(execution.id)).length;
    const path = `/executions/${execution.id}/events`;
    const { status } = await site.get(path, { 'last-event-id': String(last) });
    expect(status).toBe(204);
  });

  test.each(['x', '-1', '1.5', '1e3'])('refuses the Last-Event-ID %s', async (id) => {
    const answer = await site.get('/executions/0190/events', { 'last-event-id': id });
    expect(answer).toMatchObject({ status: 400, body: { code: 'InvalidOption' } });
  });

  test('knows none of a foreign id', async () => {
    const answer = await site.get('/executions/0190/events');
    expect(answer).toMatchObject({ status: 404, body: { code: 'ExecutionNotFound' } });
  });

  test('keeps a quiet stream alive', async () => {
    await using quick = await openSite(runtime, { heartbeat: 10 });
    const { task, url } = await park(quick);
    const response = await fetch(url);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (text.includes(': heartbeat\n\n')) task.release('over');
    }
    expect(text).toMatch(/^retry: \d+\n\n/);
    expect(text).toContain('event: execution.completed\n');
  });
});

describe('many streams', () => {
  test('are capped, and a place is given back when a client goes', async () => {
    await using small = await openSite(runtime, { maxStreams: 2 });
    const { task, url } = await park(small);
    const taken = nextResponse(small);
    const [first, second] = [readEvents(url), readEvents(url)];
    await Promise.all([first.next(), second.next()]);
    const refused = await fetch(url);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({ code: 'TooManyStreams' });

    const closed = once(await taken, 'close');
    await Promise.all([first.return(undefined), second.return(undefined)]);
    await closed;
    const third = readEvents(url);
    expect((await third.next()).value).toMatchObject({ id: '1' });
    task.release('over');
    await collect(third);
  });
});

describe('a client that does not read', () => {
  const ITEMS = 400;
  const BYTES = 64 * 1024;

  test('costs the server one event, delays nobody, and loses nothing', async () => {
    const { port } = new URL(site.url);
    const response = nextResponse(site);
    const execution = await runtime.start(flood, { items: ITEMS, bytes: BYTES });
    const client = connect(Number(port), '127.0.0.1').setEncoding('utf8').pause();
    client.write(`GET /executions/${execution.id}/events HTTP/1.0\r\nhost: localhost\r\n\r\n`);
    const stream = await response;
    await expect(execution.result()).resolves.toBe(ITEMS);
    await until(() => stream.writableNeedDrain);
    // Of 25 MiB, all but what the system's own buffers took is where it belongs: in the journal.
    const buffered = stream.writableLength + (stream.socket?.writableLength ?? 0);
    expect(buffered).toBeLessThan(4 * BYTES);

    const parser = new EventParser();
    const events: SentEvent[] = [];
    client.on('data', (chunk) => events.push(...parser.push(String(chunk)))).resume();
    await once(client, 'end');
    expect(ids(events)).toEqual(events.map((_, index) => index + 1));
    expect(events.at(-1)?.event).toBe('execution.completed');
  });

  test('is cut off in the end', async () => {
    await using strict = await openSite(runtime, { heartbeat: 50, stallTimeout: 200 });
    const { port } = new URL(strict.url);
    const response = nextResponse(strict);
    const execution = await runtime.start(flood, { items: ITEMS, bytes: BYTES });
    const client = connect(Number(port), '127.0.0.1').pause();
    client.on('error', () => {});
    client.write(`GET /executions/${execution.id}/events HTTP/1.0\r\nhost: localhost\r\n\r\n`);
    await once(await response, 'close');
    client.destroy();
  });

  test('ends nothing when it goes', async () => {
    const { execution, task, url } = await park();
    const response = nextResponse(site);
    const stream = readEvents(url);
    await stream.next();
    const closed = once(await response, 'close');
    await stream.return(undefined);
    await closed;
    expect(execution.status).toBe('running');
    task.release('over');
    await expect(execution.result()).resolves.toBe('over');
  });
});
