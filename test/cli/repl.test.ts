import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gate, openGate } from '../http/fixtures/gate.ts';
import { APP, run } from './command.ts';

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
});
afterAll(() => gate[Symbol.asyncDispose]());

const ARGS = ['repl', APP, '--threads', '1'];

/** What the lines of a pipe print, line by line. */
async function evaluate(...lines: string[]): Promise<string[]> {
  await using command = run(ARGS);
  command.write(`${lines.join('\n')}\n`);
  command.end();
  expect(await command.exit).toEqual({ code: 0, signal: null });
  expect(command.stderr).toBe('');
  return command.stdout.split('\n').slice(0, -1);
}

describe('the REPL on a pipe', () => {
  test('evaluates one line after the other, and prints what each gives', async () => {
    const printed = await evaluate(
      "await run('fixture.echo', { a: 1 })",
      "run('fixture.echo', 'awaited')",
      "const later = run('fixture.echo', 'later'); let n = 1",
      'n + 1',
      'later',
      'function twice(x) {',
      '  return 2 * x',
      '}',
      'twice(21);',
      "const execution = await start('flood', { items: 3, bytes: 1 })",
      'execution.result()',
      'execution',
      'cancel(execution.id).then(({ status }) => status)',
      '',
      'tasks.length > 5 && pipelines',
    );
    expect(printed).toEqual([
      '{ a: 1 }',
      "'awaited'",
      '2',
      "'later'",
      '42',
      '3',
      expect.stringMatching(/^execution [\da-f-]{36}: completed$/),
      "'completed'",
      "[ 'flood', 'parked', 'failing', 'strict' ]",
    ]);
  });

  test('shows each error in one line and goes on', async () => {
    const printed = await evaluate(
      "await run('fixture.fail', { message: 'out of\\n range' })",
      "run('fixture.nope')",
      "start('strict', 5)",
      "cancel('nobody')",
      "throw new TypeError('mine')",
      ')(',
      'missing',
      "void run('fixture.fail', { message: 'nobody waits' }); 1",
      "await run('fixture.echo', 'still here')",
      'const open = {',
    );
    expect(printed).toEqual([
      'Uncaught TaskFailed: task fixture.fail failed: out of range (cause: RangeError)',
      expect.stringMatching(/^Uncaught TaskNotFound: there is no task fixture\.nope; known are /),
      'Uncaught InvalidInput: input of pipeline strict: expected a text',
      "Uncaught ExecutionNotFound: there is no execution 'nobody'",
      'Uncaught TypeError: mine',
      "Uncaught SyntaxError: Unexpected token ')'",
      'Uncaught ReferenceError: missing is not defined',
      '1',
      'Uncaught TaskFailed: task fixture.fail failed: nobody waits (cause: RangeError)',
      "'still here'",
      'Uncaught SyntaxError: the input ended within a statement',
    ]);
  });

  test('draws executions, the tree, the health and the help', async () => {
    const lines = ['ps()', "run('fixture.echo', 1)", 'ps()', 'tree()', 'health()', 'help'];
    const printed = await evaluate(...lines);
    expect(printed).toEqual(
      expect.arrayContaining([
        'no executions',
        expect.stringMatching(/^id +pipeline or task +status +priority +started \(UTC\) +took$/),
        expect.stringMatching(/^[\da-f-]{36} +fixture\.echo +completed +0 +[\d:.]+ +\d+ ms$/),
        'runtime  running',
        '│  └─ worker-1  ready',
        expect.stringMatching(/^running: \w+, ready; executions 0, zombies 0, dead letters 0$/),
        expect.stringMatching(/^check +of +status +observed +output$/),
        expect.stringMatching(/^supervisors:restartsLeft +pool +pass +100 restarts$/),
        expect.stringMatching(/^run\(task, input\?, options\?\)/),
      ]),
    );
  });

  test('gives the health also as what it is', async () => {
    const failing =
      "{ name: 'mine', kind: 'readiness', check: () => { throw new Error('a\\nb') } }";
    const printed = await evaluate(
      `runtime.health.add(${failing}); 0`,
      'const { ready, checks } = health(); [ready, checks.mine[0].status]',
      'health()',
    );
    expect(printed).toEqual(
      expect.arrayContaining([
        "[ false, 'fail' ]",
        expect.stringMatching(/^running: unhealthy, not ready; /),
        expect.stringMatching(/^mine +fail +a b$/),
      ]),
    );
  });

  test('lets what nobody awaits finish before it leaves', async () => {
    await using command = run(ARGS);
    command.write(`void run('fixture.park', { port: ${gate.port} }).then(console.log)\n`);
    command.end();
    (await gate.next()).release('finished');
    expect(await command.exit).toEqual({ code: 0, signal: null });
    expect(command.stdout).toBe('finished\n');
  });

  test('leaves at .exit, and prints all of its help', async () => {
    const printed = await evaluate('.help', '.exit', 'never');
    expect(printed).toEqual(
      expect.arrayContaining([expect.stringMatching(/^\.exit +Exit the REPL$/)]),
    );
    expect(printed).not.toContain(expect.stringContaining('never'));
  });

  test('shares its classes with the tasks', async () => {
    const printed = await evaluate("run('fixture.echo', new Map([[1, new Set([2n])]]))");
    expect(printed).toEqual(['Map(1) { 1 => Set(1) { 2n } }']);
  });
});

describe('signals to the REPL on a pipe', () => {
  const waiting = `run('fixture.park', { port: GATE })\n`;

  test('SIGTERM lets what runs finish, and exits with 0', async () => {
    await using command = run([...ARGS, '--log-level', 'info']);
    command.write(waiting.replace('GATE', String(gate.port)));
    const task = await gate.next();
    command.kill('SIGTERM');
    await command.says('shutting down');
    task.release('finished');
    expect(await command.exit).toEqual({ code: 0, signal: null });
    expect(command.stdout).toContain("'finished'");
  });

  test('SIGINT ends what runs, and exits with 130', async () => {
    await using command = run(ARGS);
    command.write(waiting.replace('GATE', String(gate.port)));
    const task = await gate.next();
    command.kill('SIGINT');
    await task.aborted;
    expect(await command.exit).toEqual({ code: 130, signal: null });
  });

  test('SIGINT ends even a loop that never ends', async () => {
    await using command = run(ARGS);
    command.write("console.log('looping'); for (;;);\n");
    await command.says('looping');
    command.kill('SIGINT');
    expect(await command.exit).toEqual({ code: null, signal: 'SIGINT' });
  });
});

test.each([
  ['a flag that is none', [APP, '--port', '1'], "unknown option '--port'"],
  ['an app that is missing', ['none.ts'], 'cannot load none.ts: no such file'],
])('refuses %s with 2', async (_, args, reason) => {
  await using command = run(['repl', ...args]);
  expect(await command.exit).toEqual({ code: 2, signal: null });
  expect(command.stderr).toBe(`troupe: ${reason}\n`);
});
