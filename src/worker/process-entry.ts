import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import {
  type ByteLine,
  byteTransport,
  Draft,
  FileSlots,
  type HostMessage,
  type ResolvedValueOptions,
  sentError,
  slotCount,
  WORKER_VALUES,
  WorkerKind,
  type WorkerMessage,
} from '../ipc/index.ts';
import type { TaskModuleSource } from '../model/index.ts';
import { startHeart } from './heart.ts';
import type { MemoryLimits } from './memory-watch.ts';
import { dieWithHost } from './orphan-watch.ts';
import { perform } from './perform.ts';

/**
 * The program of a worker process. It is given its settings as an argument, two pipes, and a file that
 * it shares with its host; it ends with its session, or its host.
 */
interface ProcessSettings {
  readonly modules: readonly TaskModuleSource[];
  readonly concurrency: number;
  readonly memory?: MemoryLimits;
  readonly values?: ResolvedValueOptions;
}

/** The file descriptors that it is given. */
const FROM_HOST = 3;
const TO_HOST = 4;
const SHARED = 5;
const HOST_LIVES = 6;

const DIED = 1;

const [settings] = process.argv.splice(2);
const { modules, concurrency, memory, values } = JSON.parse(settings ?? '') as ProcessSettings;

// A Ctrl-C reaches every process of the terminal: when this one ends is for its host to say.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

const shared = new FileSlots(SHARED, slotCount(concurrency));
const transport = byteTransport<WorkerMessage, HostMessage>(lineToHost(), {
  names: WORKER_VALUES,
  values,
  draft: new Draft(shared),
});

process.on('uncaughtExceptionMonitor', (error) => {
  if (process.listenerCount('uncaughtException') > 0) return;
  tell([WorkerKind.fatal, sentError(error)]);
  process.exit(DIED);
});
// What was finished by then counts.
process.on('exit', () => tell());

dieWithHost(HOST_LIVES);
startHeart(shared);
await perform(transport, { modules, shared, concurrency, memory });
process.exit();

/** Dies in peace, whatever cannot be told. */
function tell(...messages: readonly WorkerMessage[]): void {
  try {
    for (const message of messages) transport.write(message);
    transport.flush();
  } catch {}
}

/**
 * Writes are synchronous: what was written is out of this process, however suddenly it dies. The host reads
 * whatever comes, so that it never waits long.
 */
function lineToHost(): ByteLine {
  const incoming = new Socket({ fd: FROM_HOST, readable: true, writable: false });
  incoming.on('error', () => {});
  // Its host has ended, or wants it to.
  incoming.on('close', () => process.exit());
  return {
    write: (...pieces) => writeAll(Buffer.concat(pieces)),
    read: (onBytes) => void incoming.on('data', onBytes),
    close: () => {},
  };
}

function writeAll(bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(TO_HOST, bytes, done);
}
