import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Logger, TroupeError } from '../index.ts';
import { stringify } from './json.ts';
import { problemOf, Refusal } from './problem.ts';

const CONTENT_TYPE = 'application/problem+json; charset=utf-8';

/** Whatever goes wrong with a request is answered as a problem, and logged where nobody expected it. */
export function answerProblems(app: FastifyInstance, logger: Logger): void {
  app.setErrorHandler((error, request, reply) => answerProblem(error, request, reply, logger));
  app.setNotFoundHandler(({ method, url }) => {
    throw new Refusal('NotFound', `there is no ${method} ${url}`);
  });
}

/** Answers with the problem that a thrown value is. */
export function answerProblem(
  error: unknown,
  { method, url }: FastifyRequest,
  reply: FastifyReply,
  logger: Logger,
): FastifyReply {
  const { status, headers, body } = problemOf(error);
  // The runtime logs its own errors.
  if (status === 500 && !TroupeError.is(error))
    logger.error({ err: error, method, url }, 'a request failed');
  return reply.code(status).headers(headers).type(CONTENT_TYPE).send(body);
}

const STATUS_LINES: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};

/** For bytes that are no request, or none in time: there is nothing but the socket to answer on. */
export function answerClientError({ code }: { code?: string }, socket: Socket): void {
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const line = STATUS_LINES[code ?? ''] ?? '400 Bad Request';
  const title = line.slice(4);
  const body = stringify({ type: 'about:blank', title, status: Number.parseInt(line, 10) });
  const length = Buffer.byteLength(body);
  socket.end(
    `HTTP/1.1 ${line}\r\ncontent-type: ${CONTENT_TYPE}\r\ncontent-length: ${length}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
