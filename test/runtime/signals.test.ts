import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { listenForSignals } from '../../src/runtime/signals.ts';

function setUp(takeInterrupt?: () => boolean) {
  const source = new EventEmitter();
  const seen = { time: 0, deaths: [] as string[] };
  const signals = listenForSignals({
    source,
    now: () => seen.time,
    die: (by) => seen.deaths.push(by),
    ...(takeInterrupt && { takeInterrupt }),
  });
  return { source, seen, signals };
}

test.each(['SIGINT', 'SIGTERM'])('the first %s is told and kills nobody', async (name) => {
  const { source, seen, signals } = setUp();
  expect(signals.came).toBeUndefined();
  source.emit(name);
  expect(signals.came).toBe(name);
  await expect(signals.first).resolves.toBe(name);
  expect(seen.deaths).toEqual([]);
});

test('the second ends the process', () => {
  const { source, seen } = setUp();
  source.emit('SIGTERM');
  seen.time = 301;
  source.emit('SIGTERM');
  expect(seen.deaths).toEqual(['SIGTERM']);
});

test('the echo of one Ctrl-C that npm adds is not a second one', () => {
  const { source, seen } = setUp();
  source.emit('SIGINT');
  seen.time = 5;
  source.emit('SIGINT');
  expect(seen.deaths).toEqual([]);
});

test('another signal ends the process at once', () => {
  const { source, seen } = setUp();
  source.emit('SIGINT');
  source.emit('SIGTERM');
  expect(seen.deaths).toEqual(['SIGTERM']);
});

test('an interrupt that is taken over is no wish to end', () => {
  const { source, seen, signals } = setUp(() => true);
  source.emit('SIGINT');
  seen.time = 1_000;
  source.emit('SIGINT');
  expect(signals.came).toBeUndefined();
  source.emit('SIGTERM');
  expect(signals.came).toBe('SIGTERM');
});

test('work without interrupts hears none, and listens again after it, however it ends', () => {
  const { source, signals } = setUp();
  const during = signals.withoutInterrupts(() => source.listenerCount('SIGINT'));
  expect(during).toBe(0);
  expect(() =>
    signals.withoutInterrupts(() => {
      throw new Error('broken');
    }),
  ).toThrow('broken');
  expect(source.listenerCount('SIGINT')).toBe(1);
});

test('disposed of, nothing is listened for any more', () => {
  const { source, signals } = setUp();
  expect(source.eventNames()).toEqual(['SIGTERM', 'SIGINT']);
  signals[Symbol.dispose]();
  expect(source.eventNames()).toEqual([]);
});
