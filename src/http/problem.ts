import { ERROR_CODES, type ErrorCode, type ErrorDetails, TroupeError } from '../index.ts';

/** The status of each error; those of definitions and starts cannot come from a request. */
const STATUSES: Readonly<Record<ErrorCode, number>> = {
  InvalidOption: 400,
  InvalidInput: 422,
  TaskNotFound: 404,
  PipelineNotFound: 404,
  ExecutionNotFound: 404,
  InvalidState: 409,
  Overloaded: 503,
  BreakerOpen: 503,
  RuntimeClosed: 503,
  PoolClosed: 503,
  // Somebody else ended it, the shutdown among them: another try may well succeed.
  TaskCancelled: 503,
  ExecutionCancelled: 503,
  TaskTimeout: 504,
  ExecutionTimeout: 504,
  Timeout: 504,
  TaskFailed: 500,
  ExecutionFailed: 500,
  WorkerCrashed: 500,
  WorkerExited: 500,
  WorkerOutOfMemory: 500,
  WorkerHung: 500,
  // JSON can always travel to a thread: what cannot is an output, or an input that a step made.
  NotSerializable: 500,
  PayloadTooLarge: 413,
  // Nothing was accepted: once the journal is well, another try may succeed.
  JournalFailed: 503,
  QueueTimeout: 503,
  InvalidOutput: 500,
  InvalidPipeline: 500,
  EmptyPipeline: 500,
  UnknownNeed: 500,
  CyclicDependency: 500,
  DuplicateId: 500,
  ExecutorNotFound: 500,
  TaskModuleNotLoaded: 500,
  HandshakeFailed: 500,
  RestartIntensityExceeded: 500,
  StartFailed: 500,
  ActorDown: 500,
  AskTimeout: 500,
  NameTaken: 500,
  NameNotFound: 500,
  AlreadyStarted: 500,
  AlreadyPresent: 500,
  ChildNotFound: 500,
  ChildRunning: 500,
  ChildRestarting: 500,
  ProtocolError: 500,
};

/** Seconds after which a client may try again what was refused for lack of room, unless it is told. */
const RETRY_AFTER = { 'retry-after': '1' };

/** What HTTP itself refuses, before the runtime is asked. */
const REFUSALS = {
  BadRequest: [400, 'the request is malformed'],
  Unauthorized: [401, 'a valid bearer token is needed'],
  HostNotAllowed: [403, 'the request is for a host that is not served here'],
  OriginNotAllowed: [403, 'the request comes from a foreign web page'],
  NotFound: [404, 'there is no such resource'],
  MethodNotAllowed: [405, 'the resource does not have this method'],
  BodyTooLarge: [413, 'the body is too large'],
  UnsupportedMediaType: [415, 'the body must be application/json'],
  TooManyStreams: [503, 'too many event streams are open; try again later'],
  InternalError: [500, 'an unexpected error'],
} as const satisfies Record<string, readonly [number, string]>;

export type RefusalCode = keyof typeof REFUSALS;

/** A request that is refused before it reaches the runtime. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: RefusalCode, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.code = code;
    this.headers = code === 'TooManyStreams' ? { ...RETRY_AFTER, ...headers } : headers;
  }
}

/** A problem of RFC 9457, with its headers. */
export interface Problem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

/** Any thrown value as a problem. What was not expected says nothing of itself. */
export function problemOf(error: unknown): Problem {
  if (TroupeError.is(error)) return ofTroupe(error);
  const { code, message, headers } =
    error instanceof Refusal ? error : (fromFramework(error) ?? UNEXPECTED);
  const [status, title] = REFUSALS[code];
  return { status, headers, body: { type: typeOf(code), title, status, detail: message, code } };
}

const UNEXPECTED = new Refusal('InternalError', 'the log of the server says more');

function ofTroupe({ code, message, details, cause }: TroupeError): Problem {
  const status = STATUSES[code];
  const body = { type: typeOf(code), title: ERROR_CODES[code], status, detail: message, code };
  return {
    status,
    headers: retryHeaders(code, details),
    body: { ...body, details, ...(cause !== undefined && { cause }) },
  };
}

function retryHeaders(code: ErrorCode, { retryAfter }: ErrorDetails): Problem['headers'] {
  if (code !== 'Overloaded' && code !== 'BreakerOpen') return {};
  const seconds = typeof retryAfter === 'number' ? Math.ceil(retryAfter / 1_000) : Number.NaN;
  // The header takes whole seconds only.
  if (Number.isSafeInteger(seconds) && seconds >= 0) return { 'retry-after': String(seconds) };
  return RETRY_AFTER;
}

/** Fastify's own refusals, told apart by their status. */
function fromFramework(error: unknown): Refusal | undefined {
  const { statusCode, message } = (error ?? {}) as { statusCode?: unknown; message?: unknown };
  const detail = String(message);
  switch (statusCode) {
    case 400:
      return new Refusal('BadRequest', detail);
    case 413:
      return new Refusal('BodyTooLarge', detail);
    case 415:
      return new Refusal('UnsupportedMediaType', detail);
    default:
      return undefined;
  }
}

function typeOf(code: string): string {
  return `urn:troupe:error:${code}`;
}
