/** One child process, bounded in time and in output, that dies with the harness. */

import { type ChildProcess, spawn } from 'node:child_process';

/** Enough for any stack trace, too little to hurt when a child floods its output. */
const OUTPUT_LIMIT = 64 * 1024;

export interface ChildOptions {
  /** Arguments of node. */
  readonly args: readonly string[];
  /** Milliseconds from its start until it is killed. */
  readonly timeLimitMs: number;
  readonly signal: AbortSignal;
}

export interface Ending {
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined when it exited with code 0 in time. */
  readonly failure: string | undefined;
}

/** Resolves for every fate of the child; rejects only when `signal` aborts, once it is dead. */
export async function runNode(options: ChildOptions): Promise<Ending> {
  options.signal.throwIfAborted();
  const ending = await play(options);
  options.signal.throwIfAborted();
  return ending;
}

function play({ args, timeLimitMs, signal }: ChildOptions): Promise<Ending> {
  // A group of its own: a Ctrl-C in the terminal reaches the harness alone, which then ends the
  // child together with whatever it has started.
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  let timedOut = false;
  const kill = () => killGroup(child);
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, timeLimitMs);
  signal.addEventListener('abort', kill, { once: true });
  process.once('exit', kill);

  return new Promise((resolve) => {
    const settle = (failure: string | undefined) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', kill);
      process.removeListener('exit', kill);
      resolve({ stdout: stdout(), stderr: stderr(), failure });
    };
    child.once('error', (error) => settle(`did not start: ${error.message}`));
    child.once('close', (code, by) => {
      settle(timedOut ? `still running after ${timeLimitMs} ms` : describeExit(code, by));
    });
  });
}

function describeExit(code: number | null, by: NodeJS.Signals | null): string | undefined {
  if (by !== null) return `killed by ${by}`;
  return code === 0 ? undefined : `exited with code ${code}`;
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Where there are no process groups, or none is left.
    child.kill('SIGKILL');
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    if (text.length < OUTPUT_LIMIT) text += chunk.slice(0, OUTPUT_LIMIT - text.length);
  });
  return () => text;
}
