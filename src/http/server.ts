import { lookup } from 'node:dns/promises';
import type { Server } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { type FastifyInstance, fastify } from 'fastify';
import type { Runtime } from '../index.ts';
import { answerClientError, answerProblem, answerProblems } from './answer-problems.ts';
import { acceptOnlyJson } from './body.ts';
import { addEventRoutes } from './event-routes.ts';
import { EventStreams } from './event-streams.ts';
import { addExecutionRoutes } from './execution-routes.ts';
import { guard } from './guards.ts';
import { InFlight } from './in-flight.ts';
import { stringify } from './json.ts';
import { refuseOtherMethods } from './methods.ts';
import { type ResolvedServerOptions, resolveServerOptions, type ServerOptions } from './options.ts';
import { addStartRoutes } from './start-routes.ts';
import { addStateRoutes } from './state-routes.ts';

/** A runtime behind HTTP. It never ends its runtime: whoever made that does. */
export interface HttpServer extends AsyncDisposable {
  /** Node's own server, for those who need its sockets. */
  readonly server: Server;
  /**
   * Binds and serves.
   * @returns the URL, with the port that was taken
   * @throws the system's error, such as `EADDRINUSE`
   */
  listen(): Promise<string>;
  /**
   * Announces the end: readiness fails, event streams end and none begins. Queries are still
   * answered; commands are the runtime's to refuse.
   */
  drain(): void;
  /** Drains, takes no connection any more, and gives the responses under way 2 s to go out. */
  close(): Promise<void>;
}

/** Milliseconds for responses to go out once the server closes. */
const CLOSE_TIMEOUT = 2_000;

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/**
 * Makes a server for a runtime; `docs/http.md` has its routes.
 *
 * @throws TroupeError `InvalidOption`
 *
 * @example
 * await using server = createServer(runtime, { port: 0 });
 * console.log(await server.listen());
 */
export function createServer(runtime: Runtime, options?: ServerOptions): HttpServer {
  return new Shell(runtime, resolveServerOptions(options));
}

class Shell implements HttpServer {
  readonly #options: ResolvedServerOptions;
  readonly #app: FastifyInstance;
  readonly #streams: EventStreams;
  readonly #inFlight = new InFlight();
  #allowedHosts: readonly string[] | undefined;
  #draining = false;
  #closed: Promise<void> | undefined;

  constructor(runtime: Runtime, options: ResolvedServerOptions) {
    this.#options = options;
    this.#streams = new EventStreams(options.maxStreams);
    this.#allowedHosts = options.allowedHosts;
    this.#app = createApp(options);
    this.#track(options);
    guard(this.#app, { token: options.token, hosts: () => this.#allowedHosts });
    const complete = refuseOtherMethods(this.#app);
    addStartRoutes(this.#app, runtime);
    addExecutionRoutes(this.#app, runtime, options.logger);
    addEventRoutes(this.#app, runtime, this.#streams, options);
    addStateRoutes(this.#app, runtime, () => this.#draining);
    complete();
  }

  get server(): Server {
    return this.#app.server;
  }

  async listen(): Promise<string> {
    const { host, port } = this.#options;
    const { address } = await lookup(host);
    if (isLoopback(address)) this.#allowedHosts ??= namesOfLoopback(host, address);
    await this.#app.listen({ host: address, port });
    const { port: bound } = this.server.address() as AddressInfo;
    return `http://${inUrl(address)}:${bound}`;
  }

  drain(): void {
    this.#draining = true;
    this.#streams.end();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.drain();
    const closed = this.#app.close();
    await this.#inFlight.settled(CLOSE_TIMEOUT);
    // Node would wait for ever for a connection that never sent a whole request.
    this.server.closeAllConnections();
    await closed;
  }

  #track({ logger, stallTimeout }: ResolvedServerOptions): void {
    this.#app.addHook('onRequest', async ({ raw, method, url }, reply) => {
      const started = performance.now();
      reply.headers(HEADERS);
      if (this.#draining) reply.header('connection', 'close');
      this.#inFlight.add(reply.raw);
      reply.raw.once('close', () => {
        const elapsed = Math.round(performance.now() - started);
        const { statusCode: status, writableFinished: complete } = reply.raw;
        logger.debug({ method, url, status, complete, elapsed }, 'request answered');
      });
      raw.socket.setTimeout(0);
    });
    // A task may take its time, but not the client that its output is sent to.
    this.#app.addHook('onSend', async ({ raw }) => {
      raw.socket.setTimeout(stallTimeout);
    });
  }
}

function createApp({ bodyLimit, requestTimeout, logger }: ResolvedServerOptions): FastifyInstance {
  const app = fastify({
    bodyLimit,
    requestTimeout,
    // What still arrives while the server closes is the runtime's to refuse, as a problem.
    return503OnClosing: false,
    http: {
      headersTimeout: requestTimeout,
      connectionsCheckingInterval: Math.ceil(Math.min(requestTimeout / 4, 5_000)),
    },
    clientErrorHandler: answerClientError,
    // A URL that cannot be decoded is seen by no hook and no error handler.
    frameworkErrors: (error, request, reply) => answerProblem(error, request, reply, logger),
  });
  app.setReplySerializer(stringify);
  acceptOnlyJson(app);
  answerProblems(app, logger);
  return app;
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

function namesOfLoopback(host: string, address: string): readonly string[] {
  return ['localhost', '127.0.0.1', '[::1]', inUrl(host.toLowerCase()), inUrl(address)];
}

/** As a URL and a `Host` header write it. */
function inUrl(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}
