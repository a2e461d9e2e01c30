import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gate, openGate } from '../http/fixtures/gate.ts';
import { APP, type Command, runOnTerminal } from './command.ts';

let gate: Gate;
beforeAll(async () => {
  gate = await openGate();
});
afterAll(() => gate[Symbol.asyncDispose]());

const ARGS = ['repl', APP, '--threads', '1'];
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

/** Types a line once the prompt is there. */
async function type(command: Command, line: string): Promise<void> {
  // Behind a prompt that has nothing yet: newer Nodes draw it anew with every letter.
  await command.says('troupe> \u001b[9G');
  command.write(line);
}

// `script` of other systems takes other arguments.
describe.skipIf(process.platform !== 'linux')('the REPL on a terminal', () => {
  test('greets, evaluates, and leaves at Ctrl-D', async () => {
    await using repl = runOnTerminal(ARGS);
    await repl.says(/tasks \d+, pipelines 4/);
    await type(repl, "run('fixture.echo', 40 + 2)\r");
    await repl.says('\u001b[33m42\u001b[39m');
    await type(repl, CTRL_D);
    expect(await repl.exit).toMatchObject({ code: 0 });
  });

  test('leaves at Ctrl-C twice, after it said so', async () => {
    await using repl = runOnTerminal(ARGS);
    await type(repl, CTRL_C);
    await repl.says('To exit, press Ctrl+C again');
    await type(repl, CTRL_C);
    expect(await repl.exit).toMatchObject({ code: 0 });
  });

  test('leaves at .exit', async () => {
    await using repl = runOnTerminal(ARGS);
    await type(repl, '.exit\r');
    expect(await repl.exit).toMatchObject({ code: 0 });
  });

  test('Ctrl-C ends what the line has started, and the REPL goes on', async () => {
    await using repl = runOnTerminal(ARGS);
    await type(repl, `void run('fixture.park', { port: ${gate.port} })\r`);
    const earlier = await gate.next();
    earlier.release('unharmed');
    await type(repl, `run('fixture.park', { port: ${gate.port} })\r`);
    const task = await gate.next();
    repl.write(CTRL_C);
    await task.aborted;
    await repl.says('interrupted');
    await type(repl, "run('fixture.echo', 'still here')\r");
    await repl.says("\u001b[32m'still here'\u001b[39m");
    await type(repl, CTRL_D);
    expect(await repl.exit).toMatchObject({ code: 0 });
  });

  test('Ctrl-C ends a loop that never ends', async () => {
    await using repl = runOnTerminal(ARGS);
    // Not by `console.log`: were that interrupted within, Node's stdout would write nothing any more.
    await type(repl, "fs.writeSync(1, 'loop' + 'ing'); for (;;);\r");
    await repl.says('looping');
    repl.write(CTRL_C);
    await repl.says('interrupted');
    await type(repl, '.exit\r');
    expect(await repl.exit).toMatchObject({ code: 0 });
  });

  test('SIGTERM ends it in order', async () => {
    await using repl = runOnTerminal([...ARGS, '--log-level', 'info']);
    await type(repl, "'pid' + process.pid\r");
    const pid = await repl.says(/pid\d+/);
    process.kill(Number(pid.slice('pid'.length)), 'SIGTERM');
    await repl.says('SIGTERM');
    expect(await repl.exit).toMatchObject({ code: 0 });
  });

  test('shows an error in one line', async () => {
    await using repl = runOnTerminal(ARGS, { NO_COLOR: '1' });
    await type(repl, "run('fixture.fail', { message: 'no' })\r");
    await repl.says('Uncaught TaskFailed: task fixture.fail failed: no (cause: RangeError)\r\n');
    await type(repl, CTRL_D);
    expect(await repl.exit).toMatchObject({ code: 0 });
  });

  test('keeps its lines where NODE_REPL_HISTORY says, and only there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'troupe-repl-'));
    const history = join(folder, 'history');
    await using repl = runOnTerminal(ARGS, { NODE_REPL_HISTORY: history });
    await type(repl, "'remember me'\r");
    await type(repl, '.exit\r');
    expect(await repl.exit).toMatchObject({ code: 0 });
    expect(readFileSync(history, 'utf8')).toContain('remember me');
    rmSync(folder, { recursive: true });
  });
});
