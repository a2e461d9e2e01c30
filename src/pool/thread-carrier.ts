import { MessageChannel } from 'node:worker_threads';
import { Piscina, queueOptionsSymbol } from 'piscina';
import {
  DraftView,
  HOST_VALUES,
  type HostMessage,
  messagePortTransport,
  sharedSlots,
  type WorkerMessage,
} from '../ipc/index.ts';
import { type ExitReason, recordOf } from '../model/index.ts';
import type { Logger } from '../ports/index.ts';
import type { Carried, Carrier, SessionSettings } from './carrier.ts';
import { Ending } from './ending.ts';
import type { PlaceOptions, ThreadLimits } from './pool-options.ts';
import { ThreadCensus } from './thread-census.ts';

/**
 * Where a thread begins. From TypeScript source it has to learn TypeScript first; see the entry.
 * A URL, not an import: the code of a thread must never be loaded here.
 */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? '../worker/source-entry.cjs' : '../worker/thread-entry.cjs',
  import.meta.url,
);

/**
 * MiB in which objects are born where the heap is bounded and nothing is said of them. A heap that is full may
 * grow by 16 MiB while Node ends its thread; if what grows old at once does not fit, V8 aborts the whole
 * process. Node 24 has 192 here whatever the bound, and is aborted once in about a hundred times.
 */
const YOUNG = 16;

/** Threads that Piscina owns, each of which runs one never-ending session. */
export class ThreadCarrier implements Carrier {
  readonly #piscina: Piscina;
  readonly #threads: ThreadCensus;
  /** Of the sessions that have not ended. */
  readonly #endings = new Set<Ending>();
  /** Node refused a thread once: Piscina may hold a session whose end nobody can be told. */
  #wasRefused = false;

  constructor({ resourceLimits, env, execArgv }: PlaceOptions, logger: Logger) {
    this.#piscina = new Piscina({
      filename: ENTRY.href,
      // A thread comes with its session and goes with it: a new worker has a new heap.
      minThreads: 0,
      maxThreads: Number.MAX_SAFE_INTEGER,
      concurrentTasksPerWorker: 1,
      idleTimeout: 0,
      atomics: 'disabled',
      recordTiming: false,
      stricterFIFO: true,
      loadBalancer: (session, threads) => {
        const free = threads.find(({ currentUsage }) => currentUsage === 0) ?? null;
        if (free !== null) (session[queueOptionsSymbol] as Ending).hasBegun = true;
        return free;
      },
      ...(resourceLimits && { resourceLimits: withYoung(resourceLimits) }),
      ...(env && { env: { ...env } }),
      ...(execArgv && { execArgv: [...execArgv] }),
    });
    this.#threads = new ThreadCensus(this.#piscina, (error) => {
      // Piscina has settled the session of a thread that had one by then.
      setImmediate(() => this.#endUnborn(exitReasonFrom(error)));
    });
    // Without a listener, an error in a thread between two sessions would end the process.
    this.#piscina.on('error', (error) => {
      logger.error({ error: recordOf(error) }, 'a thread failed outside its session');
    });
  }

  get zombies(): number {
    return this.#threads.zombies;
  }

  /** @throws whatever Node does that starts no thread: for its options, or as there are as many as may be */
  open(settings: SessionSettings, ended: (reason: ExitReason | undefined) => void): Carried {
    const { concurrency, values } = settings;
    const { port1, port2 } = new MessageChannel();
    const shared = sharedSlots(concurrency);
    const signal = new Ending();
    const input = { ...settings, port: port2, shared: shared.memory, [queueOptionsSymbol]: signal };
    let running: Promise<unknown>;
    try {
      running = this.#piscina.run(input, { transferList: [port2], signal });
    } catch (error) {
      this.#wasRefused = true;
      signal.disown();
      port1.close();
      throw error;
    }
    this.#endings.add(signal);
    this.#threads.count();
    void running
      .then(
        () => undefined,
        (error) => signal.why ?? exitReasonFrom(error),
      )
      .then((reason) => {
        this.#endings.delete(signal);
        ended(reason);
      });
    const transport = messagePortTransport<HostMessage, WorkerMessage>(port1, {
      names: HOST_VALUES,
      values,
      view: new DraftView(shared),
    });
    return { transport, shared, kill: () => signal.kill() };
  }

  /**
   * Ends a session for which there is no thread any more: Piscina has none for a thread that is not ready, and
   * would keep it for the next one to come.
   */
  #endUnborn(reason: ExitReason): void {
    if (this.#endings.size <= this.#piscina.threads.length) return;
    for (const ending of this.#endings) {
      if (ending.hasBegun || ending.aborted) continue;
      ending.kill(reason);
      return;
    }
  }

  async destroy(): Promise<void> {
    const gone = this.#threads.gone();
    if (this.#wasRefused) this.#endAll();
    else await this.#piscina.destroy();
    await gone;
  }

  /** As Piscina does, but for what it should not hold: it would reject a promise that nobody has. */
  #endAll(): void {
    for (const ending of this.#endings) ending.kill();
    for (const thread of this.#piscina.threads) void thread.terminate();
  }
}

function withYoung(limits: ThreadLimits): ThreadLimits {
  if (limits.maxOldGenerationSizeMb === undefined) return limits;
  return { maxYoungGenerationSizeMb: YOUNG, ...limits };
}

/** Why a thread ended, read from how Piscina settled its session. */
function exitReasonFrom(error: unknown): ExitReason {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return { kind: 'out_of_memory', error };
  if (typeof message === 'string' && message.startsWith('worker exited with code')) {
    return { kind: 'exited', error };
  }
  return { kind: 'error', error };
}
