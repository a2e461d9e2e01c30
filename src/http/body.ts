import type { FastifyInstance } from 'fastify';
import { TroupeError } from '../index.ts';
import { Refusal } from './problem.ts';

/** Deeper nesting than this is refused: code that recurses into it would not come back. */
const MAX_DEPTH = 100;

const NESTING: Readonly<Record<string, number>> = { '[': 1, '{': 1, ']': -1, '}': -1 };

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Bodies are JSON and nothing else: a page of another origin cannot send that unasked. */
export function acceptOnlyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (request, body: Buffer, done) => {
      if (body.length === 0) return done(null, undefined);
      const text = decode(body);
      if (isTooDeep(text)) {
        throw new Refusal('BadRequest', `the body is nested more than ${MAX_DEPTH} levels deep`);
      }
      return parse(request, text, done);
    },
  );
}

function decode(body: Buffer): string {
  try {
    return UTF8.decode(body);
  } catch {
    throw new Refusal('BadRequest', 'the body is not UTF-8');
  }
}

/** Counts brackets outside of texts: parsing first would already nest, and so would recursion. */
function isTooDeep(json: string): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const character = json.charAt(at);
    if (character === '"') at = endOfText(json, at);
    depth += NESTING[character] ?? 0;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

function endOfText(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end < 0 ? json.length : end;
}

function isEscaped(json: string, at: number): boolean {
  let slashes = 0;
  while (json[at - 1 - slashes] === '\\') slashes++;
  return slashes % 2 === 1;
}

/**
 * The fields of a command's body; no body is one without fields.
 * @throws TroupeError `InvalidOption` for anything but an object of the known fields
 */
export function fieldsOf<K extends string>(
  body: unknown,
  known: readonly K[],
): Partial<Record<K, unknown>> {
  if (body === undefined) return {};
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new TroupeError('InvalidOption', 'the body must be a JSON object');
  }
  const unknown = Object.keys(body).find((field) => !known.includes(field as K));
  if (unknown === undefined) return body as Partial<Record<K, unknown>>;
  throw new TroupeError(
    'InvalidOption',
    `the body has no field ${JSON.stringify(unknown)}; known are ${known.join(', ')}`,
    { details: { field: unknown } },
  );
}
