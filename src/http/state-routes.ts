import type { FastifyInstance } from 'fastify';
import type { Runtime } from '../index.ts';

/** How the whole stands: probes for those who keep it running, and the supervision tree. */
export function addStateRoutes(
  app: FastifyInstance,
  { query }: Runtime,
  isDraining: () => boolean,
): void {
  const probe = { config: { probe: true } };

  app.get('/livez', probe, async () => ({ status: 'alive' }));

  app.get('/readyz', probe, async (_request, reply) => {
    const { status, ready } = query.health();
    if (ready && !isDraining()) return { status: 'ready' };
    return reply.code(503).send({ status: ready ? 'stopping' : status });
  });

  app.get('/tree', async () => query.tree());
}
