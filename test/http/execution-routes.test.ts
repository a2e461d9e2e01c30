import { afterEach, describe, expect, test } from 'vitest';
import { flood, parked } from './fixtures/app.ts';
import { gate, runtime, serveAll, site } from './fixtures/served.ts';

serveAll();
afterEach(async () => {
  for (const { id } of await runtime.query.list()) await runtime.execution(id)?.cancel();
});

async function park() {
  const execution = await runtime.start(parked, { port: gate.port });
  return { execution, path: `/executions/${execution.id}`, task: await gate.next() };
}

async function ended(): Promise<string> {
  const execution = await runtime.start(flood, { items: 1, bytes: 1 });
  await execution.result();
  return `/executions/${execution.id}`;
}

describe('GET /executions', () => {
  test('shows the newest first, a page at a time', async () => {
    const paths = [await ended(), await ended(), await ended(), await ended()];
    const first = await site.get('/executions?pipeline=flood&limit=2');
    const next = /<(.*)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    expect(next).toBe(`/executions?pipeline=flood&limit=2&before=${first.body.next}`);
    const second = await site.get(next);
    const shown = [first, second].flatMap(({ body }) => body.executions as { id: string }[]);
    expect(shown.map(({ id }) => `/executions/${id}`)).toEqual(paths.reverse());
  });

  test('has no next page after a page that is not full', async () => {
    await ended();
    const { headers, body } = await site.get('/executions?pipeline=flood&limit=10000');
    expect(body).not.toHaveProperty('next');
    expect(headers.has('link')).toBe(false);
  });

  test('shows only what has the status', async () => {
    const { execution } = await park();
    const { body } = await site.get('/executions?status=running');
    expect(body.executions).toMatchObject([{ id: execution.id, status: 'running' }]);
    const { body: none } = await site.get('/executions?status=paused');
    expect(none).toEqual({ executions: [] });
  });

  test.each([
    'limit=0',
    'limit=10001',
    'limit=ten',
    'limit=',
    'limit=1.5',
    'status=odd',
    'status=',
  ])('refuses %s', async (query) => {
    const { status, body } = await site.get(`/executions?${query}`);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'InvalidOption' });
  });
});

describe('GET /executions/:id', () => {
  test('shows where the steps of a live one stand', async () => {
    const { path } = await park();
    const { status, body } = await site.get(path);
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'running', steps: [{ name: 'park' }, { name: 'echo' }] });
  });

  test('shows why one failed, without a stack', async () => {
    const execution = await runtime.start('failing', { message: 'no' });
    await expect(execution.result()).rejects.toThrow('no');
    const { body } = await site.get(`/executions/${execution.id}`);
    expect(body).toMatchObject({
      status: 'failed',
      error: { code: 'TaskFailed', cause: { name: 'RangeError', message: 'no' } },
    });
    expect(JSON.stringify(body)).not.toContain('stack');
  });

  test('knows none of a foreign id', async () => {
    const { status, body } = await site.get('/executions/0190');
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'ExecutionNotFound' });
  });
});

describe('commands', () => {
  test('cancel asks a live one to end, and tells its reason', async () => {
    const { execution, path, task } = await park();
    const { status, body } = await site.post(`${path}/cancel`, { reason: 'no longer needed' });
    expect({ status, now: body.status }).toEqual({ status: 202, now: 'cancelling' });
    await task.aborted;
    await expect(execution.result()).rejects.toMatchObject({
      details: { reason: 'no longer needed' },
    });
  });

  test('cancel works without a body, and twice', async () => {
    const { execution, path } = await park();
    const first = await site.post(`${path}/cancel`);
    expect(first.status).toBe(202);
    await expect(execution.result()).rejects.toMatchObject({ code: 'ExecutionCancelled' });
    const second = await site.post(`${path}/cancel`);
    expect({ status: second.status, code: second.body.code }).toEqual({
      status: 409,
      code: 'InvalidState',
    });
  });

  test('pause and resume', async () => {
    const { execution, path, task } = await park();
    const paused = await site.post(`${path}/pause`);
    expect(paused).toMatchObject({ status: 200, body: { status: 'paused' } });
    task.release('on');
    const again = await site.post(`${path}/pause`);
    expect(again).toMatchObject({ status: 409, body: { code: 'InvalidState' } });
    const resumed = await site.post(`${path}/resume`);
    expect(resumed).toMatchObject({ status: 200, body: { status: 'running' } });
    await expect(execution.result()).resolves.toBe('on');
  });

  test.each(['cancel', 'pause', 'resume'])('%s of an ended one is a conflict', async (command) => {
    const { status, body } = await site.post(`${await ended()}/${command}`);
    expect(status).toBe(409);
    expect(body).toMatchObject({
      code: 'InvalidState',
      detail: `cannot ${command} an execution that is completed`,
    });
  });

  test.each(['cancel', 'pause', 'resume'])('%s of an unknown one finds none', async (command) => {
    const { status, body } = await site.post(`/executions/0190/${command}`);
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'ExecutionNotFound' });
  });

  test.each([
    ['cancel', { reason: 5 }],
    ['cancel', { why: 'x' }],
    ['pause', { reason: 'x' }],
  ])('%s refuses the body %j', async (command, body) => {
    const { path } = await park();
    const answer = await site.post(`${path}/${command}`, body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'InvalidOption' } });
  });
});
