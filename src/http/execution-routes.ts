import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  type Execution,
  type ExecutionStatus,
  type ExecutionView,
  isTerminal,
  type ListFilter,
  type Logger,
  type Runtime,
  TroupeError,
} from '../index.ts';
import { fieldsOf } from './body.ts';
import { withoutStacks } from './json.ts';

interface Filter {
  readonly status?: string;
  readonly pipeline?: string;
  readonly limit?: string;
  readonly before?: string;
}

interface OfOne {
  readonly Params: { readonly id: string };
}

const DEFAULT_LIMIT = 100;

const STATUSES: Readonly<Record<ExecutionStatus, true>> = {
  pending: true,
  running: true,
  paused: true,
  cancelling: true,
  completed: true,
  failed: true,
  cancelled: true,
  timed_out: true,
};

/** What can be asked of executions, and what can be done to one. */
export function addExecutionRoutes(app: FastifyInstance, runtime: Runtime, logger: Logger): void {
  app.get<{ Querystring: Filter }>('/executions', async ({ query }, reply) => {
    const filter = filterOf(query);
    const executions = await runtime.query.list(filter);
    const next = executions.length === filter.limit ? executions.at(-1)?.id : undefined;
    if (next !== undefined) reply.header('link', `<${nextPage(query, next)}>; rel="next"`);
    return { executions, next };
  });

  app.get<OfOne>('/executions/:id', ({ params }) => viewOf(runtime, params.id));

  app.post<OfOne>('/executions/:id/cancel', async (request, reply) => {
    const reason = reasonOf(request);
    const execution = await liveOne(runtime, request.params.id, 'cancel');
    // The answer does not wait for the end: that is told by the view and the events.
    execution.cancel(reason).catch((error: unknown) => {
      logger.error({ err: error, execution: execution.id }, 'a cancellation failed');
    });
    return reply.code(202).send(await viewOf(runtime, execution.id));
  });

  for (const command of ['pause', 'resume'] as const) {
    app.post<OfOne>(`/executions/:id/${command}`, async ({ params, body }) => {
      fieldsOf(body, []);
      const execution = await liveOne(runtime, params.id, command);
      await execution[command]();
      return viewOf(runtime, execution.id);
    });
  }
}

/** @throws TroupeError `ExecutionNotFound` */
export async function viewOf({ query }: Runtime, id: string): Promise<ExecutionView> {
  const view = await query.get(id);
  if (view === undefined) throw executionNotFound(id);
  return view.error === undefined ? view : { ...view, error: withoutStacks(view.error) };
}

export function executionNotFound(id: string): TroupeError {
  const message = `there is no execution ${JSON.stringify(id)}, or it is no longer kept`;
  return new TroupeError('ExecutionNotFound', message, { details: { execution: id } });
}

/** @throws TroupeError `InvalidState` for one that has ended, `ExecutionNotFound` */
async function liveOne(runtime: Runtime, id: string, command: string): Promise<Execution> {
  const execution = runtime.execution(id);
  if (execution !== undefined && !isTerminal(execution.status)) return execution;
  const { status } = await viewOf(runtime, id);
  throw new TroupeError('InvalidState', `cannot ${command} an execution that is ${status}`, {
    details: { execution: id, command, status },
  });
}

function reasonOf({ body }: FastifyRequest): string | undefined {
  const { reason } = fieldsOf(body, ['reason']);
  if (reason === undefined || typeof reason === 'string') return reason;
  throw new TroupeError('InvalidOption', 'reason must be a text', { details: { field: 'reason' } });
}

/** @throws TroupeError `InvalidOption`; the range of the limit is the query's own matter */
function filterOf({ status, pipeline, limit, before }: Filter): ListFilter & { limit: number } {
  if (status !== undefined && !isStatus(status)) {
    const known = Object.keys(STATUSES).join(', ');
    throw new TroupeError('InvalidOption', `status must be one of ${known}`, {
      details: { field: 'status' },
    });
  }
  return {
    limit: limit === undefined ? DEFAULT_LIMIT : Number(limit || Number.NaN),
    ...(status !== undefined && { status }),
    ...(pipeline !== undefined && { pipeline }),
    ...(before !== undefined && { before }),
  };
}

function isStatus(text: string): text is ExecutionStatus {
  return Object.hasOwn(STATUSES, text);
}

function nextPage(query: Filter, before: string): string {
  return `/executions?${new URLSearchParams({ ...query, before })}`;
}
