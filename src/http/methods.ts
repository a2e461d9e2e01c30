import type { FastifyInstance, HTTPMethods } from 'fastify';
import { Refusal } from './problem.ts';

const METHODS: readonly HTTPMethods[] = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
];

/**
 * Answers 405 to the methods that a route does not have.
 * @returns call it once all routes are there
 */
export function refuseOtherMethods(app: FastifyInstance): () => void {
  const byUrl = new Map<string, Set<string>>();
  let complete = false;
  app.addHook('onRoute', ({ url, method }) => {
    if (complete) return;
    const methods = byUrl.get(url) ?? new Set();
    byUrl.set(url, methods);
    for (const one of [method].flat()) methods.add(one);
  });
  return () => {
    complete = true;
    for (const [url, allowed] of byUrl) {
      const method = METHODS.filter((one) => !allowed.has(one));
      const allow = METHODS.filter((one) => allowed.has(one)).join(', ');
      // Before the body is read: what is in it does not matter.
      const onRequest = async ({ method }: { method: string }) => {
        throw new Refusal('MethodNotAllowed', `${method} is not possible here, but ${allow}`, {
          allow,
        });
      };
      app.route({ method, url, onRequest, handler: async () => {} });
    }
  };
}
