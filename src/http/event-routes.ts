import type { FastifyInstance } from 'fastify';
import { type ExecutionEvent, type Runtime, TroupeError } from '../index.ts';
import type { EventStreams } from './event-streams.ts';
import { executionNotFound } from './execution-routes.ts';
import type { ResolvedServerOptions } from './options.ts';
import { createFramer, sendEvents } from './send-events.ts';

interface Request {
  readonly Params: { readonly id: string };
  readonly Querystring: { readonly after?: string };
}

/** The events of an execution, past and coming, as a stream. */
export function addEventRoutes(
  app: FastifyInstance,
  runtime: Runtime,
  streams: EventStreams,
  options: ResolvedServerOptions,
): void {
  // The answer to a HEAD has no end to wait for.
  const route = { exposeHeadRoute: false };
  const frameOf = createFramer();
  app.get<Request>('/executions/:id/events', route, async (request, reply) => {
    const { id } = request.params;
    const after = sequenceOf(request.headers['last-event-id'] ?? request.query.after);
    const live = runtime.execution(id);
    const past = live === undefined ? await pastEvents(runtime, id, after) : [];
    // The one answer that keeps a browser from coming back for more.
    if (live === undefined && past.length === 0) return reply.code(204).send();
    const controller = streams.enter();
    const { signal } = controller;
    reply.hijack();
    reply.raw.once('close', () => controller.abort());
    try {
      const events = live?.events({ after, signal }) ?? past;
      await sendEvents(reply.raw, events, { ...options, signal, frameOf });
    } finally {
      streams.leave(controller);
    }
    return reply;
  });
}

/** What the client has seen already, by the `id` of the last event it got. */
function sequenceOf(text: string | string[] | undefined): number {
  if (text === undefined || text === '') return 0;
  const sequence = Number(text);
  if (/^\d+$/.test(String(text)) && Number.isSafeInteger(sequence)) return sequence;
  throw new TroupeError(
    'InvalidOption',
    `the id of the last event must be a whole number of 0 or more, but got ${JSON.stringify(text)}`,
    { details: { field: 'Last-Event-ID' } },
  );
}

/** @throws TroupeError `ExecutionNotFound` */
async function pastEvents(
  { query }: Runtime,
  id: string,
  after: number,
): Promise<readonly ExecutionEvent[]> {
  const events = await query.history(id);
  if (events.length === 0) throw executionNotFound(id);
  return events.filter(({ sequence }) => sequence > after);
}
