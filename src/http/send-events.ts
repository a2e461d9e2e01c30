import type { ServerResponse } from 'node:http';
import type { ExecutionEvent } from '../index.ts';
import { stringify, withoutStacks } from './json.ts';

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  // Proxies of the nginx family would otherwise hold events back.
  'x-accel-buffering': 'no',
};

/** Milliseconds after which a browser comes back to a stream that broke. */
const RETRY = 2_000;

export interface SendOptions {
  /** Milliseconds between heartbeats. */
  readonly heartbeat: number;
  /** Milliseconds without a byte moving after which the connection is cut. */
  readonly stallTimeout: number;
  /** Ends the stream, and must end `events` as well. */
  readonly signal: AbortSignal;
  readonly frameOf: (event: ExecutionEvent) => string;
}

/**
 * Writes events as Server-Sent Events at the client's own pace: the next event is not even asked
 * for while the connection has no room, so that a client that does not read costs one event and the
 * socket's buffer. Never rejects because of the client.
 */
export async function sendEvents(
  response: ServerResponse,
  events: AsyncIterable<ExecutionEvent> | Iterable<ExecutionEvent>,
  { heartbeat, stallTimeout, signal, frameOf }: SendOptions,
): Promise<void> {
  response.socket?.setTimeout(stallTimeout);
  response.writeHead(200, HEADERS);
  response.write(`retry: ${RETRY}\n\n`);
  const beat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(': heartbeat\n\n');
  }, heartbeat);
  try {
    for await (const event of events) {
      if (signal.aborted) break;
      if (!response.write(frameOf(event))) await drained(response, signal);
    }
  } finally {
    clearInterval(beat);
    response.end();
  }
}

/**
 * Makes events into frames, and keeps the last one: those who watch the same execution are told the
 * same event at the same time.
 */
export function createFramer(): (event: ExecutionEvent) => string {
  let last: ExecutionEvent | undefined;
  let frame = '';
  return (event) => {
    if (event === last) return frame;
    last = event;
    const data = stringify(publicEvent(event));
    frame = `id: ${event.sequence}\nevent: ${event.type}\ndata: ${data}\n\n`;
    return frame;
  };
}

function publicEvent(event: ExecutionEvent): ExecutionEvent {
  return 'error' in event ? { ...event, error: withoutStacks(event.error) } : event;
}

/** Resolves once there is room to write, or nobody to write to. */
function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    if (signal.aborted) return resolve();
    response.on('drain', done);
    signal.addEventListener('abort', done);
  });
}
