import { createInterface } from 'node:readline';
import { type REPLServer, Recoverable, start } from 'node:repl';
import { PassThrough, type Readable } from 'node:stream';
import type { Runtime, Signals } from '../index.ts';
import { awaited } from './awaited.ts';
import { createContext, HELP } from './repl-context.ts';
import { createWriter } from './repl-writer.ts';

/**
 * Node's REPL evaluates within a domain, to which it hands the error of a line and, in the same way,
 * that of a promise which nobody awaits. Outside of it, the one is the line's outcome, and the other
 * the process's to tell.
 */
const LEAVE_DOMAIN = 'globalThis.process.domain?.exit();\n';

/**
 * Node's REPL with a runtime at hand: for a person at a terminal, or for the lines of a pipe, each
 * of which is evaluated to its end before the next one.
 */
export class ReplSession {
  /** Resolves when the input has ended and been evaluated, or a person has left. */
  readonly ended: Promise<void>;
  readonly #signals: Signals;
  readonly #terminal: boolean;
  readonly #server: REPLServer;
  /** What the line that is being evaluated has started ends with this. */
  #line = new AbortController();
  #promptedAt = 0;
  #onPrompt: () => void = () => {};
  #incomplete = false;
  #closed = false;

  constructor(runtime: Runtime, signals: Signals, terminal: boolean) {
    this.#signals = signals;
    this.#terminal = terminal;
    // Some terminals say that they have none.
    const columns = process.stdout.columns || 80;
    const { NO_COLOR, TERM } = process.env;
    const colors = terminal === true && !NO_COLOR && TERM !== 'dumb';
    this.#server = start({
      prompt: terminal ? 'troupe> ' : '',
      input: terminal ? process.stdin : new PassThrough(),
      output: process.stdout,
      terminal,
      useColors: colors,
      writer: createWriter({ colors, columns }),
      // A context of its own would have classes of its own: its Map is not the Map of the codec.
      useGlobal: true,
      ignoreUndefined: true,
      preview: false,
      breakEvalOnSigint: terminal,
    });
    this.ended = new Promise((resolve) => {
      this.#server.once('exit', () => {
        this.#closed = true;
        this.#onPrompt();
        resolve();
      });
    });
    this.#adapt();
    this.#define(createContext(runtime, () => this.#line.signal));
  }

  /** Evaluates the lines of a pipe, then ends. */
  async feed(input: Readable): Promise<void> {
    for await (const line of createInterface({ input })) {
      if (this.#closed) return;
      const prompted = new Promise<void>((resolve) => {
        this.#onPrompt = resolve;
      });
      this.#server.write(`${line}\n`);
      await prompted;
    }
    if (this.#incomplete) this.tell(new SyntaxError('the input ended within a statement'));
    this.close();
  }

  /** Keeps the lines in a file; one that cannot be used is told, and no reason to end. */
  keepHistory(path: string): Promise<void> {
    return new Promise((resolve) => {
      this.#server.setupHistory(path, (error) => {
        if (error !== null) this.tell(error);
        resolve();
      });
    });
  }

  /** Ctrl-C as a signal: ends what the present line has started. @returns false once closed */
  interrupt(): boolean {
    if (this.#closed || !this.#terminal) return false;
    // npm repeats the one that has just ended an evaluation.
    if (performance.now() - this.#promptedAt > this.#signals.echo) this.#server.emit('SIGINT');
    return true;
  }

  /** Shows an error that no line has given. */
  tell(error: unknown): void {
    this.#server.output.write(`Uncaught ${this.#server.writer(error)}\n`);
    if (this.#terminal) this.#server.prompt(true);
  }

  /** Ends what the line that is being evaluated has started. */
  abort(): void {
    this.#line.abort(new Error('it was interrupted'));
  }

  /** Takes no line any more, and leaves the terminal as it was. */
  close(): void {
    this.#closed = true;
    this.#server.close();
  }

  #adapt(): void {
    const server = this.#server;
    const { displayPrompt, eval: evaluate } = server;
    const replaced: Pick<REPLServer, 'displayPrompt' | 'eval'> = {
      // Whatever becomes of a line, this comes after it.
      displayPrompt: (preserveCursor) => {
        this.#line = new AbortController();
        this.#promptedAt = performance.now();
        this.#onPrompt();
        if (this.#terminal) displayPrompt.call(server, preserveCursor);
      },
      eval: (code, context, file, done) => {
        this.#incomplete = false;
        const settle: typeof done = (error, value) => {
          this.#incomplete = error instanceof Recoverable;
          done(error, value);
        };
        // A loop without end cannot hear a listener, and Node's own way to interrupt it for a
        // person does not work beside one.
        this.#signals.withoutInterrupts(() =>
          evaluate.call(server, LEAVE_DOMAIN + awaited(code), context, file, settle),
        );
      },
    };
    Object.assign(server, replaced);
    // Before the REPL's own listener, which prompts for the next line.
    server.prependListener('SIGINT', () => this.abort());
    server.defineCommand('help', {
      help: 'Print this help message',
      action: () => this.#help(),
    });
  }

  #define(context: object): void {
    for (const [name, value] of Object.entries(context)) {
      const attributes = { configurable: true, enumerable: true, writable: true };
      Object.defineProperty(this.#server.context, name, { value, ...attributes });
    }
  }

  #help(): void {
    const { commands, output } = this.#server;
    const lines = Object.entries(commands).map(
      ([name, command]) => `.${name.padEnd(10)}${command?.help ?? ''}`,
    );
    output.write(`${HELP}\n\n${lines.sort().join('\n')}\n`);
    this.#server.displayPrompt();
  }
}
