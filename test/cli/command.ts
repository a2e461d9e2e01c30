import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
export const APP = fileURLToPath(new URL('../http/fixtures/app.ts', import.meta.url));

const SOURCE = ['--conditions=@troupe/source', '--import', 'tsx'];
const FLAGS = [...SOURCE, MAIN];

/** How a process ended; one of the two is set. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running command, and what it has said. */
export interface Command extends AsyncDisposable {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: Promise<Exit>;
  write(input: string): void;
  end(): void;
  kill(signal: NodeJS.Signals): void;
  /** Waits for text that has not been waited for before, on either stream. */
  says(text: string | RegExp): Promise<string>;
}

/** The command line as a process of its own, its input a pipe. */
export function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Command {
  return watch(process.execPath, [...FLAGS, ...args], env);
}

/** Another program of the project's as a process of its own. */
export function runProgram(file: URL, args: readonly string[]): Command {
  return watch(process.execPath, [...SOURCE, fileURLToPath(file), ...args], {});
}

/** The command line on a pseudo-terminal, which `script` of util-linux makes. */
export function runOnTerminal(args: readonly string[], env: NodeJS.ProcessEnv = {}): Command {
  const words = ['exec', process.execPath, ...FLAGS, ...args];
  const line = words.map((word) => (word === 'exec' ? word : `'${word}'`)).join(' ');
  return watch('script', ['-qfec', line, '/dev/null'], { TERM: 'xterm', ...env });
}

function watch(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Command {
  const inherited = { ...process.env, NODE_OPTIONS: '', NODE_REPL_HISTORY: '', NO_COLOR: '' };
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(file, args, {
    env: { ...inherited, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // Who has left does not read.
  child.stdin.on('error', () => {});
  const stdout = new Transcript(child.stdout);
  const stderr = new Transcript(child.stderr);
  const exit = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject).once('close', (code, signal) => resolve({ code, signal }));
  });
  return {
    exit,
    get stdout() {
      return stdout.text;
    },
    get stderr() {
      return stderr.text;
    },
    write: (input) => void child.stdin.write(input),
    end: () => void child.stdin.end(),
    kill: (signal) => void child.kill(signal),
    async says(text) {
      const gone = exit.then((how) => {
        const said = `${stdout.text}${stderr.text}`;
        throw new Error(`ended (${JSON.stringify(how)}) before it said ${text}, after: ${said}`);
      });
      return Promise.race([stdout.has(text), stderr.has(text), gone]);
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

/** What a stream has said so far, and whoever waits for more of it. */
class Transcript {
  text = '';
  #seen = 0;
  readonly #stream: Readable;

  constructor(stream: Readable) {
    this.#stream = stream.setEncoding('utf8').on('data', (text: string) => {
      this.text += text;
    });
  }

  has(wanted: string | RegExp): Promise<string> {
    const pattern = typeof wanted === 'string' ? literally(wanted) : wanted;
    return new Promise((resolve) => {
      const look = () => {
        const found = pattern.exec(this.text.slice(this.#seen));
        if (found === null) return;
        this.#seen += found.index + found[0].length;
        this.#stream.off('data', look);
        resolve(found[0]);
      };
      this.#stream.on('data', look);
      look();
    });
  }
}

function literally(text: string): RegExp {
  return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
}
