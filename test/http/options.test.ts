import { expect, test } from 'vitest';
import { resolveServerOptions } from '../../src/http/options.ts';

test('every option has its default', () => {
  expect(resolveServerOptions()).toMatchObject({
    host: '127.0.0.1',
    port: 3_000,
    token: undefined,
    allowedHosts: undefined,
    bodyLimit: 1_048_576,
    maxStreams: 1_000,
    heartbeat: 15_000,
    requestTimeout: 30_000,
    stallTimeout: 60_000,
  });
});

test('a client is never given up between two heartbeats', () => {
  expect(resolveServerOptions({ heartbeat: 90_000 }).stallTimeout).toBe(180_000);
});

test.each([
  ['host', { host: '' }],
  ['port', { port: 65_536 }],
  ['port', { port: 1.5 }],
  ['token', { token: '' }],
  ['allowedHosts', { allowedHosts: [''] }],
  ['bodyLimit', { bodyLimit: 0 }],
  ['maxStreams', { maxStreams: -1 }],
  ['heartbeat', { heartbeat: 0 }],
  ['requestTimeout', { requestTimeout: Number.NaN }],
  ['stallTimeout', { heartbeat: 100, stallTimeout: 100 }],
])('refuses a bad %s', (field, options) => {
  expect(() => resolveServerOptions(options)).toThrow(
    expect.objectContaining({
      code: 'InvalidOption',
      details: expect.objectContaining({ field }),
    }),
  );
});
