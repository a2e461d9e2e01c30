import type { Answer, JsonObject } from './scenario.ts';

const EXPECTED = 'expected one JSON line {"value": <number above zero>}';

/** Reads what a contestant printed; throws an error that quotes it when it is anything else. */
export function parseAnswer(stdout: string): Answer {
  const candidate = parseJson(stdout.trim());
  if (!isObject(candidate)) throw rubbish(stdout);
  const { value, settings } = candidate;
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) throw rubbish(stdout);
  if (settings === undefined) return { value };
  if (!isObject(settings)) throw rubbish(stdout);
  return { value, settings: settings as JsonObject };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function rubbish(stdout: string): Error {
  const got = stdout.trim() === '' ? 'nothing' : JSON.stringify(stdout.slice(0, 200));
  return new Error(`${EXPECTED}, got ${got}`);
}
