import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { type Runtime, type StartOptions, TroupeError } from '../index.ts';
import { fieldsOf } from './body.ts';
import { viewOf } from './execution-routes.ts';

const FIELDS = ['input', 'priority', 'concurrencyKey', 'timeout'] as const;

/** What can be run, and running it: a task while the client waits, a pipeline on its own. */
export function addStartRoutes(app: FastifyInstance, runtime: Runtime): void {
  app.get('/tasks', async () => ({ tasks: runtime.query.tasks() }));

  app.get('/pipelines', async () => ({ pipelines: runtime.query.pipelines() }));

  app.post<{ Params: { task: string } }>('/tasks/:task', async ({ params, body }, reply) => {
    const { input, options } = startOf(body);
    const signal = goneSignal(reply.raw);
    // JSON has no undefined, and would leave the field out.
    return { output: (await runtime.run(params.task, input, { ...options, signal })) ?? null };
  });

  app.post<{ Params: { pipeline: string } }>(
    '/pipelines/:pipeline/executions',
    async ({ params, body }, reply) => {
      const { input, options } = startOf(body);
      const { id } = await runtime.start(params.pipeline, input, options);
      reply.code(201).header('location', `/executions/${id}`);
      return viewOf(runtime, id);
    },
  );
}

/** Whether the values are any good is the runtime's to say. */
function startOf(body: unknown): { input: unknown; options: StartOptions } {
  const { input, ...options } = fieldsOf(body, FIELDS);
  return { input, options: options as StartOptions };
}

/** Aborts when the client goes away before it has its response. */
function goneSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (response.writableFinished) return;
    controller.abort(new TroupeError('TaskCancelled', 'its client went away'));
  });
  return controller.signal;
}
