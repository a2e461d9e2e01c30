import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import {
  type ByteLine,
  byteTransport,
  DraftView,
  FileSlots,
  HOST_VALUES,
  type HostMessage,
  slotCount,
  type WorkerMessage,
} from '../ipc/index.ts';
import type { ExitReason } from '../model/index.ts';
import type { Carried, Carrier, SessionSettings } from './carrier.ts';
import type { PlaceOptions } from './pool-options.ts';
import { nodeArguments } from './process-arguments.ts';
import { exitReasonOf, Tail } from './process-exit.ts';

/** Where a process begins; see `thread-carrier.ts`. */
const ENTRY = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts')
      ? '../worker/source-process-entry.mjs'
      : '../worker/process-entry.js',
    import.meta.url,
  ),
);

/** Places in its `stdio`; the session has them as file descriptors. */
const TO_SESSION = 3;
const FROM_SESSION = 4;

/** Those that would outlive this process if it ended now, being busy. */
const living = new Set<ChildProcess>();

function endAll(): void {
  for (const child of living) child.kill('SIGKILL');
}

/**
 * Child processes, each of which runs one session: what crashes or fills one leaves all others alone.
 * Its own output goes where that of this process goes.
 */
export class ProcessCarrier implements Carrier {
  /** A process that is killed is gone, whatever it was in. */
  readonly zombies = 0;
  readonly #options: PlaceOptions;
  readonly #children = new Set<ChildProcess>();
  #waiting: (() => void)[] = [];

  constructor(options: PlaceOptions) {
    this.#options = options;
  }

  /** @throws TroupeError `StartFailed` where there is no place for what is shared; whatever `spawn` throws */
  open(settings: SessionSettings, ended: (reason: ExitReason | undefined) => void): Carried {
    const { env = process.env, execArgv, resourceLimits } = this.#options;
    const shared = FileSlots.create(slotCount(settings.concurrency));
    const args = [...nodeArguments(execArgv, resourceLimits), ENTRY, JSON.stringify(settings)];
    const child = begin(shared, args, env);
    this.#keep(child);
    const errors = new Tail(process.stderr);
    child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk));
    const settle = once((reason: ExitReason) => {
      this.#forget(child);
      ended(reason);
      shared.close();
    });
    child.on('error', (error) => {
      // One that did not even begin does not end, either.
      if (child.pid === undefined) settle({ kind: 'error', error });
    });
    // What it said before its end has been heard by then.
    child.on('close', (code, signal) => settle(exitReasonOf(code, signal, errors.text)));
    const { values } = settings;
    const line = lineTo(child);
    const transport = byteTransport<HostMessage, WorkerMessage>(line, {
      names: HOST_VALUES,
      values,
      view: new DraftView(shared),
    });
    return { transport, shared, kill: () => void child.kill('SIGKILL') };
  }

  async destroy(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    if (this.#children.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #keep(child: ChildProcess): void {
    this.#children.add(child);
    if (living.size === 0) process.on('exit', endAll);
    living.add(child);
  }

  #forget(child: ChildProcess): void {
    this.#children.delete(child);
    living.delete(child);
    if (living.size === 0) process.off('exit', endAll);
    if (this.#children.size > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const tell of waiting) tell();
  }
}

function begin(shared: FileSlots, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  try {
    return spawn(process.execPath, args, {
      env,
      // To the session, from it, what is shared with it, and what tells it that this process lives.
      stdio: ['ignore', 'inherit', 'pipe', 'pipe', 'pipe', shared.fd, 'pipe'],
      windowsHide: true,
    });
  } catch (error) {
    shared.close();
    throw error;
  }
}

function lineTo({ stdio = [] as unknown as ChildProcess['stdio'] }: ChildProcess): ByteLine {
  const out = stdio[TO_SESSION] as Writable | undefined;
  const incoming = stdio[FROM_SESSION] as Readable | undefined;
  // A process that is gone cannot be written to; its end is told of elsewhere.
  for (const each of stdio) each?.on('error', () => {});
  return {
    write(...pieces) {
      out?.cork();
      for (const piece of pieces) out?.write(piece);
      out?.uncork();
    },
    read: (onBytes) => void incoming?.on('data', onBytes),
    close() {
      out?.end();
      incoming?.destroy();
    },
  };
}

function once<T>(act: (value: T) => void): (value: T) => void {
  let isDone = false;
  return (value) => {
    if (!isDone) act(value);
    isDone = true;
  };
}
