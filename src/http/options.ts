import { type Logger, TroupeError } from '../index.ts';

/** What `createServer` takes. */
export interface ServerOptions {
  /** The address or name to bind. @default '127.0.0.1' */
  readonly host?: string;
  /** 0 takes any that is free. @default 3000 */
  readonly port?: number;
  /**
   * Demanded of every request but probes, as `Authorization: Bearer <token>`.
   * @default none is demanded
   */
  readonly token?: string;
  /**
   * The names that a request's `Host` may have.
   * @default those of this machine where a loopback address is bound, else any
   */
  readonly allowedHosts?: readonly string[];
  /** Bytes of a request's body. @default 1048576 (1 MiB) */
  readonly bodyLimit?: number;
  /** Event streams open at once; one more is answered 503. @default 1000 */
  readonly maxStreams?: number;
  /** Milliseconds between the comments that keep an event stream alive. @default 15000 */
  readonly heartbeat?: number;
  /** Milliseconds for a whole request to arrive, from its connection or its first byte. @default 30000 */
  readonly requestTimeout?: number;
  /**
   * Milliseconds after which a client that reads nothing of its response is cut off; more than
   * `heartbeat`. @default 60000
   */
  readonly stallTimeout?: number;
  /** @default none */
  readonly logger?: Logger;
}

/** The options with every default in place. */
export interface ResolvedServerOptions {
  readonly host: string;
  readonly port: number;
  readonly token: string | undefined;
  readonly allowedHosts: readonly string[] | undefined;
  readonly bodyLimit: number;
  readonly maxStreams: number;
  readonly heartbeat: number;
  readonly requestTimeout: number;
  readonly stallTimeout: number;
  readonly logger: Logger;
}

const MAX_PORT = 65_535;
/** `setTimeout` fires at once beyond it. */
const MAX_TIMEOUT = 2 ** 31 - 1;

const NO_LOGGER: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => NO_LOGGER,
};

/** @throws TroupeError `InvalidOption`, naming the field, what was expected and what came */
export function resolveServerOptions(options: ServerOptions = {}): ResolvedServerOptions {
  const heartbeat = wholeNumber('heartbeat', options.heartbeat ?? 15_000, 1, MAX_TIMEOUT - 1);
  return {
    host: text('host', options.host ?? '127.0.0.1'),
    port: wholeNumber('port', options.port ?? 3_000, 0, MAX_PORT),
    token: options.token === undefined ? undefined : text('token', options.token),
    allowedHosts: options.allowedHosts?.map((host) => text('allowedHosts', host).toLowerCase()),
    bodyLimit: wholeNumber('bodyLimit', options.bodyLimit ?? 2 ** 20, 1, MAX_TIMEOUT),
    maxStreams: wholeNumber('maxStreams', options.maxStreams ?? 1_000, 0, MAX_TIMEOUT),
    heartbeat,
    requestTimeout: wholeNumber('requestTimeout', options.requestTimeout ?? 30_000, 1, MAX_TIMEOUT),
    // An idle stream moves bytes at every heartbeat only: a shorter limit would cut healthy ones.
    stallTimeout: wholeNumber(
      'stallTimeout',
      options.stallTimeout ?? Math.max(60_000, 2 * heartbeat),
      heartbeat + 1,
      MAX_TIMEOUT,
    ),
    logger: options.logger ?? NO_LOGGER,
  };
}

function text(field: string, value: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw invalid(field, 'a text that is not empty', value);
}

function wholeNumber(field: string, value: number, min: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  throw invalid(field, `a whole number from ${min} to ${max}`, value);
}

function invalid(field: string, expected: string, received: unknown): TroupeError {
  const shown = typeof received === 'string' ? JSON.stringify(received) : String(received);
  return new TroupeError('InvalidOption', `${field} must be ${expected}, but got ${shown}`, {
    details: { field, expected, received: shown },
  });
}
