import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { listenForInterrupt } from '../../examples/audit/interrupt.ts';

function setUp() {
  const source = new EventEmitter();
  const seen = { time: 0, exits: [] as number[], interrupts: [] as string[] };
  const interrupt = listenForInterrupt({
    source,
    now: () => seen.time,
    exit: (code) => seen.exits.push(code),
    onInterrupt: (by) => seen.interrupts.push(by),
  });
  return { source, seen, interrupt };
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
])('the first %s aborts and does not exit', (name, code) => {
  const { source, seen, interrupt } = setUp();
  expect(interrupt.exitCode()).toBeUndefined();
  source.emit(name);
  expect(interrupt.signal.aborted).toBe(true);
  expect(interrupt.exitCode()).toBe(code);
  expect(seen).toMatchObject({ exits: [], interrupts: [name] });
});

test('the second exits at once', () => {
  const { source, seen } = setUp();
  source.emit('SIGINT');
  seen.time = 301;
  source.emit('SIGINT');
  expect(seen).toMatchObject({ exits: [130], interrupts: ['SIGINT'] });
});

test('the echo of one Ctrl-C that npm adds is not a second one', () => {
  const { source, seen } = setUp();
  source.emit('SIGINT');
  seen.time = 5;
  source.emit('SIGINT');
  expect(seen.exits).toEqual([]);
});

test('another signal exits at once, with its own code', () => {
  const { source, seen, interrupt } = setUp();
  source.emit('SIGINT');
  source.emit('SIGTERM');
  expect(seen.exits).toEqual([143]);
  expect(interrupt.exitCode()).toBe(130);
});

test('once disposed, it listens no more', () => {
  const { source, interrupt } = setUp();
  interrupt[Symbol.dispose]();
  expect(source.eventNames()).toEqual([]);
});
