import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gate, openGate } from '../http/fixtures/gate.ts';
import { readEvents } from '../http/fixtures/read-events.ts';
import { ask } from '../http/fixtures/site.ts';
import { APP, type Command, run } from './command.ts';

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
});
afterAll(() => gate[Symbol.asyncDispose]());

const ARGS = ['serve', APP, '--port', '0', '--threads', '1'];

async function serving(command: Command): Promise<string> {
  return (await command.says(/http:\S+/)).trim();
}

function post(url: string, input: unknown, headers: Record<string, string> = {}) {
  return ask(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ input }),
  });
}

describe('serve', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    'on %s finishes what runs, and exits with 0',
    async (signal) => {
      await using command = run(ARGS);
      const url = await serving(command);
      expect(command.stdout).toBe(`listening on ${url}\n`);
      const answer = post(`${url}/tasks/fixture.park`, { port: gate.port });
      const task = await gate.next();
      command.kill(signal);
      await command.says(`"reason":"${signal}"`);
      const refused = await post(`${url}/tasks/fixture.echo`, 1);
      expect(refused).toMatchObject({ status: 503, body: { code: 'RuntimeClosed' } });
      expect(await ask(`${url}/readyz`, {})).toMatchObject({ status: 503 });
      task.release('finished');
      expect(await answer).toMatchObject({ status: 200, body: { output: 'finished' } });
      expect(await command.exit).toEqual({ code: 0, signal: null });
    },
  );

  test('under load loses nothing that it has accepted', async () => {
    await using command = run(ARGS);
    const url = await serving(command);
    const outcomes: string[] = [];
    const attempt = async () => {
      const answer = post(`${url}/tasks/fixture.echo`, 1);
      const outcome = await answer.then(({ status }) => String(status)).catch(() => 'refused');
      if (outcomes.push(outcome) === 200) command.kill('SIGTERM');
      return outcome;
    };
    const client = async () => {
      while ((await attempt()) === '200');
    };
    await Promise.all(Array.from({ length: 16 }, client));
    expect(await command.exit).toEqual({ code: 0, signal: null });
    expect(outcomes.filter((outcome) => !/^(200|503|refused)$/.test(outcome))).toEqual([]);
    const told = (message: string) => command.stderr.split(`"msg":"${message}"`).length - 1;
    const answered = outcomes.filter((outcome) => outcome === '200').length;
    expect([told('execution started'), told('execution completed')]).toEqual([answered, answered]);
  });

  test.each([
    ['SIGINT', 'SIGTERM'],
    ['SIGTERM', 'SIGINT'],
  ] as const)('a %s and a %s end it at once', async (first, second) => {
    await using command = run(ARGS);
    const url = await serving(command);
    const answer = post(`${url}/tasks/fixture.park`, { port: gate.port });
    answer.catch(() => {});
    await gate.next();
    command.kill(first);
    await command.says('shutting down');
    command.kill(second);
    expect(await command.exit).toEqual({ code: null, signal: second });
    // It has waited neither for what runs nor for the deadline, at which that would be cancelled.
    expect(command.stderr).not.toContain('execution cancelled');
    await expect(answer).rejects.toThrow();
  });

  test('ends event streams so that they do not hold it up', async () => {
    await using command = run(ARGS);
    const url = await serving(command);
    const answer = post(`${url}/pipelines/parked/executions`, { port: gate.port });
    const { id } = (await answer).body;
    const task = await gate.next();
    const stream = readEvents(`${url}/executions/${id}/events`);
    await stream.next();
    command.kill('SIGTERM');
    for await (const { event } of stream) expect(event).not.toBe('execution.completed');
    task.release('x');
    expect(await command.exit).toEqual({ code: 0, signal: null });
  });

  test('ends in order when the signal comes as it starts', async () => {
    await using command = run([...ARGS, '--log-level', 'debug']);
    await command.says('worker ready');
    command.kill('SIGTERM');
    expect(await command.exit).toEqual({ code: 0, signal: null });
  });

  test('demands a token when the environment has one', async () => {
    await using command = run(ARGS, { TROUPE_TOKEN: 'sesame' });
    const url = await serving(command);
    expect(await post(`${url}/tasks/fixture.echo`, 1)).toMatchObject({ status: 401 });
    const authorization = 'Bearer sesame';
    const allowed = await post(`${url}/tasks/fixture.echo`, 1, { authorization });
    expect(allowed).toMatchObject({ status: 200, body: { output: 1 } });
  });

  test('warns when anybody can reach it and no token is set', async () => {
    await using command = run([...ARGS, '--host', '0.0.0.0']);
    await command.says('set TROUPE_TOKEN');
  });

  test('says in one line that the port is in use, and exits with 1', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await using command = run(['serve', APP, '--threads', '1', '--port', String(port)]);
    expect(await command.exit).toEqual({ code: 1, signal: null });
    const line = `troupe: cannot listen on 127.0.0.1:${port}: the port is in use\n`;
    expect({ out: command.stdout, err: command.stderr }).toEqual({ out: '', err: line });
    taken.close();
  });

  test.each([
    ['a flag that is none', [APP, '--frobnicate'], "unknown option '--frobnicate'"],
    ['no app', [], "missing required argument 'app'"],
    ['an app that is missing', ['none.ts'], 'cannot load none.ts: no such file'],
  ])('refuses %s with 2', async (_, args, reason) => {
    await using command = run(['serve', ...args]);
    expect(await command.exit).toEqual({ code: 2, signal: null });
    expect({ out: command.stdout, err: command.stderr }).toEqual({
      out: '',
      err: `troupe: ${reason}\n`,
    });
  });
});
