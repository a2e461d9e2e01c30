import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Refusal } from './problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A probe: answered to anybody, as it tells nothing but a status. */
    readonly probe?: boolean;
  }
}

export interface GuardOptions {
  readonly token: string | undefined;
  /** The names that may be asked for, lower-case; undefined allows any. */
  readonly hosts: () => readonly string[] | undefined;
}

const HOST = /^(?<name>\[[\da-f:.]+\]|[^\s:/?#@\\[\]]+)(?::\d+)?$/;

/** Refuses requests by where they are from, before anything else of them is looked at. */
export function guard(app: FastifyInstance, { token, hosts }: GuardOptions): void {
  const expected = token === undefined ? undefined : digest(`Bearer ${token}`);
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.probe) return;
    checkHost(request, hosts());
    checkOrigin(request);
    if (expected !== undefined) checkToken(request, expected);
  });
}

/** A page whose name was made to resolve to this machine still says that name here. */
function checkHost({ headers }: FastifyRequest, allowed: readonly string[] | undefined): void {
  if (allowed === undefined) return;
  const name = HOST.exec((headers.host ?? '').toLowerCase())?.groups?.name;
  if (name !== undefined && allowed.includes(name)) return;
  throw new Refusal('HostNotAllowed', `host ${JSON.stringify(headers.host)} is not served here`);
}

/** Browsers say which page a request comes from; only a page of this very host may. */
function checkOrigin({ headers }: FastifyRequest): void {
  const { origin, host } = headers;
  if (origin === undefined || isSameOrigin(origin, host ?? '')) return;
  throw new Refusal('OriginNotAllowed', `origin ${JSON.stringify(origin)} is foreign`);
}

function isSameOrigin(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, host: own } = new URL(origin);
  // A proxy may speak TLS to the page: the scheme is the origin's, so that its default port is.
  const asked = `${protocol}//${host}`;
  return own !== '' && URL.canParse(asked) && new URL(asked).host === own;
}

/** Compared as digests, in a time that does not depend on where they differ. */
function checkToken({ headers }: FastifyRequest, expected: Buffer): void {
  if (timingSafeEqual(digest(headers.authorization ?? ''), expected)) return;
  throw new Refusal('Unauthorized', 'the request carries no valid bearer token', {
    'www-authenticate': 'Bearer',
  });
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
