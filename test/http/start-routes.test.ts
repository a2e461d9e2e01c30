import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { gate, runtime, serveAll, site } from './fixtures/served.ts';

serveAll();

describe('POST /tasks/:task', () => {
  test('runs a task and answers its output', async () => {
    const { status, headers, body } = await site.post('/tasks/fixture.echo', {
      input: { deep: [1, null, 'text'] },
    });
    expect({ status, body }).toEqual({
      status: 200,
      body: { output: { deep: [1, null, 'text'] } },
    });
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  test('takes a task without input, with or without a body', async () => {
    const none = await site.post('/tasks/fixture.echo');
    const empty = await site.post('/tasks/fixture.echo', {});
    expect([none.body, empty.body]).toEqual([{ output: null }, { output: null }]);
    expect([none.status, empty.status]).toEqual([200, 200]);
  });

  test('passes priority and timeout on', async () => {
    const answer = await site.post('/tasks/fixture.park', {
      input: { port: gate.port },
      priority: 7,
      timeout: 500,
    });
    expect(answer.status).toBe(504);
    expect(answer.body).toMatchObject({ code: 'ExecutionTimeout', details: { timeout: 500 } });
    const [latest] = await runtime.query.list({ limit: 1 });
    expect(latest).toMatchObject({ pipeline: 'fixture.park', priority: 7, status: 'timed_out' });
    await (await gate.next()).aborted;
  });

  test('renders what JSON cannot carry, as documented', async () => {
    const { status, body } = await site.post('/tasks/fixture.values');
    expect(status).toBe(200);
    expect(body.output).toEqual({
      big: '18446744073709551616',
      map: [['key', [1, 2]]],
      bytes: 'AQID',
      floats: [0.5, null],
      date: '1970-01-01T00:00:00.000Z',
      pattern: '/a+/g',
      infinite: null,
      error: { name: 'TypeError', message: 'inside' },
      cycle: { self: '[circular]' },
    });
  });

  test('cuts off an output that is nested too deep to be written', async () => {
    const { status, body } = await site.post('/tasks/fixture.abyss', { input: { depth: 500 } });
    expect(status).toBe(200);
    let value = body.output;
    while (Array.isArray(value)) value = value[0];
    expect(value).toBe('[too deep]');
  });

  test('answers what a task threw, with its message and without a stack', async () => {
    const { status, headers, body } = await site.post('/tasks/fixture.fail', {
      input: { message: 'out of range' },
    });
    expect(status).toBe(500);
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(body).toMatchObject({
      type: 'urn:troupe:error:TaskFailed',
      status: 500,
      code: 'TaskFailed',
      detail: 'task fixture.fail failed: out of range',
      details: { task: 'fixture.fail' },
      cause: { name: 'RangeError', message: 'out of range', cause: { message: 'what led to it' } },
    });
    expect(JSON.stringify(body)).not.toContain('tasks.ts');
  });

  test('answers the death of the thread', async () => {
    const { status, body } = await site.post('/tasks/fixture.exit');
    expect({ status, code: body.code }).toEqual({ status: 500, code: 'WorkerExited' });
  });

  test('refuses an unknown task and lists those there are', async () => {
    const { status, body } = await site.post('/tasks/fixture.nope');
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'TaskNotFound' });
    expect(body.detail).toContain('known are');
  });

  test.each([
    ['priority', { priority: 'high' }],
    ['priority', { priority: 1_001 }],
    ['timeout', { timeout: 0 }],
    ['timeout', { timeout: null }],
    ['imput', { imput: 1 }],
  ])('refuses a bad field %s', async (field, fields) => {
    const { status, body } = await site.post('/tasks/fixture.echo', fields);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'InvalidOption' });
    expect(body.details).toMatchObject({ field });
  });

  test.each([[[1]], ['text'], [null]])('refuses the body %j', async (body) => {
    const answer = await site.post('/tasks/fixture.echo', body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ detail: 'the body must be a JSON object' });
  });

  test('cancels the task of a client that goes away', async () => {
    const body = JSON.stringify({ input: { port: gate.port } });
    const client = connect(Number(new URL(site.url).port), '127.0.0.1');
    client.write(
      `POST /tasks/fixture.park HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    const parked = await gate.next();
    const [latest] = await runtime.query.list({ limit: 1 });
    const execution = runtime.execution(latest?.id ?? '');
    expect(execution?.status).toBe('running');
    client.destroy();
    await parked.aborted;
    await expect(execution?.result()).rejects.toMatchObject({
      code: 'ExecutionCancelled',
      details: { reason: 'its client went away' },
    });
  });
});

describe('POST /pipelines/:pipeline/executions', () => {
  test('starts a pipeline, says where it is, and does not wait', async () => {
    const { status, headers, body } = await site.post('/pipelines/parked/executions', {
      input: { port: gate.port },
      priority: 3,
    });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/executions/${body.id}`);
    expect(body).toMatchObject({
      pipeline: 'parked',
      status: 'running',
      priority: 3,
      steps: [
        { name: 'park', status: 'running', done: 0, total: 1 },
        { name: 'echo', status: 'pending' },
      ],
    });
    (await gate.next()).release('gone on');
    await expect(runtime.execution(String(body.id))?.result()).resolves.toBe('gone on');
    const { body: view } = await site.get(`/executions/${body.id}`);
    expect(view).toMatchObject({ status: 'completed', output: 'gone on' });
  });

  test('refuses an input that the schema does not accept', async () => {
    const { status, body } = await site.post('/pipelines/strict/executions', { input: 5 });
    expect({ status, code: body.code }).toEqual({ status: 422, code: 'InvalidInput' });
    expect(body.detail).toContain('expected a text');
  });

  test('refuses an unknown pipeline', async () => {
    const { status, body } = await site.post('/pipelines/nope/executions', {});
    expect({ status, code: body.code }).toEqual({ status: 404, code: 'PipelineNotFound' });
  });
});

test('lists the tasks and the pipelines', async () => {
  const [tasks, pipelines] = await Promise.all([site.get('/tasks'), site.get('/pipelines')]);
  expect(tasks.body.tasks).toContain('fixture.echo');
  expect(pipelines.body).toEqual({ pipelines: ['flood', 'parked', 'failing', 'strict'] });
});
