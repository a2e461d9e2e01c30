import type { FastifyInstance, FastifyReply } from 'fastify';
import type { HealthKind, HealthResponse, Runtime } from '../index.ts';

const CONTENT_TYPE = 'application/health+json';

/** The state of the server itself, beside that of its runtime. */
const SERVER = 'server:state';

/** How the whole stands: probes for those who keep it running, and the supervision tree. */
export function addStateRoutes(
  app: FastifyInstance,
  { query }: Runtime,
  isDraining: () => boolean,
): void {
  const ask = (kind?: HealthKind) => {
    const response = query.probe(kind);
    const matters = kind === undefined || kind === 'readiness';
    return matters && isDraining() ? drained(response) : response;
  };

  const probe = (path: string, kind: HealthKind) =>
    app.get(path, { config: { probe: true } }, async (_request, reply) => {
      const { status } = ask(kind);
      return answer(reply, { status });
    });

  probe('/livez', 'liveness');
  probe('/readyz', 'readiness');
  probe('/startupz', 'startup');

  app.get('/health', async (_request, reply) => answer(reply, ask()));

  app.get('/tree', async () => query.tree());
}

/** A probe tells anybody no more than the status. */
function answer(reply: FastifyReply, body: Pick<HealthResponse, 'status'>): FastifyReply {
  return reply
    .code(body.status === 'fail' ? 503 : 200)
    .type(CONTENT_TYPE)
    .send(body);
}

function drained(response: HealthResponse): HealthResponse {
  const output = 'the server takes its leave';
  const entry = { componentType: 'component', status: 'fail', output } as const;
  return { ...response, status: 'fail', checks: { ...response.checks, [SERVER]: [entry] } };
}
