import { MessageChannel } from 'node:worker_threads';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { FrameEncoder } from '../../src/ipc/frame-encoder.ts';
import {
  byteTransport,
  Draft,
  DraftView,
  FileSlots,
  messagePortTransport,
  SharedSlot,
  type SharedSlots,
  sharedSlots,
  slotCount,
  type Transport,
} from '../../src/ipc/index.ts';
import { DRAFT_BYTES } from '../../src/ipc/shared-slots.ts';
import { TroupeError } from '../../src/model/index.ts';

type Line = Transport<readonly unknown[], unknown>;

/** A session's end of a line, the host's, and what that was told. */
interface Ends {
  readonly session: Line;
  readonly host: Line;
  readonly slots: SharedSlots;
  readonly told: unknown[];
}

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

function ends(session: Line, host: Line, slots: SharedSlots): Ends {
  const told: unknown[] = [];
  host.receive(
    (batch) => void told.push(...batch),
    (error) => void told.push(error),
  );
  return { session, host, slots, told };
}

function threads(): Ends {
  const { port1, port2 } = new MessageChannel();
  closing.push(() => port1.close());
  const slots = sharedSlots(1);
  const session = messagePortTransport<readonly unknown[], unknown>(port2, {
    draft: new Draft(slots),
  });
  const host = messagePortTransport<readonly unknown[], unknown>(port1, {
    view: new DraftView(slots),
  });
  return ends(session, host, slots);
}

/** The bytes that the session has written arrive when the host polls. */
function processes(): Ends {
  const slots = FileSlots.create(slotCount(1));
  closing.push(() => slots.close());
  const pipe: Uint8Array[] = [];
  let arrive: (bytes: Uint8Array) => void = () => {};
  const line = {
    write: (...pieces: readonly Uint8Array[]) =>
      void pipe.push(...pieces.map((each) => each.slice())),
    read: () => {},
    close: () => {},
  };
  const session = byteTransport<readonly unknown[], unknown>(line, { draft: new Draft(slots) });
  const read = (onBytes: (bytes: Uint8Array) => void) => {
    arrive = onBytes;
  };
  const host = byteTransport<readonly unknown[], unknown>(
    { ...line, read },
    { view: new DraftView(slots) },
  );
  const poll = () => {
    if (pipe.length === 0) return false;
    for (const bytes of pipe.splice(0)) arrive(bytes);
    return true;
  };
  return ends(session, { ...host, poll }, slots);
}

const BETWEEN = [
  ['threads', threads],
  ['processes', processes],
] as const;

describe.each(BETWEEN)('the frame under way between %s', (kind, open) => {
  it('is seen before it is sent, and then not told of again', () => {
    const { session, host, told } = open();
    session.write([1, { a: 'b' }]);
    session.write([2, { a: 'c' }]);
    expect(host.overhear()).toBe(true);
    expect(told).toEqual([
      [1, { a: 'b' }],
      [2, { a: 'c' }],
    ]);
    expect(host.overhear()).toBe(false);
    session.write([3, { a: 'd' }]);
    expect(host.overhear()).toBe(true);
    session.flush();
    expect([host.poll(), host.overhear()]).toEqual([true, false]);
    expect(told.slice(2)).toEqual([[3, { a: 'd' }]]);
  });

  it('is one of its own after each that was sent', () => {
    const { session, host, told } = open();
    for (let frame = 0; frame < 3; frame++) {
      session.write([frame, 'sent']);
      session.flush();
      session.write([frame, 'shown']);
      // What was sent comes first.
      expect(host.overhear()).toBe(false);
      while (host.poll());
      expect(host.overhear()).toBe(true);
    }
    expect(told).toEqual(
      [0, 1, 2].flatMap((frame) => [
        [frame, 'sent'],
        [frame, 'shown'],
      ]),
    );
  });

  it('leaves at once where not all of it can be seen', () => {
    const { session, host, told } = open();
    expect(session.write([1])).toBe(false);
    expect(session.write(['x'.repeat(DRAFT_BYTES)])).toBe(true);
    expect(host.overhear()).toBe(true);
    session.flush();
    host.poll();
    expect(told).toEqual([[1], ['x'.repeat(DRAFT_BYTES)]]);
    expect(session.write([2])).toBe(false);
    host.overhear();
    expect(told.at(-1)).toEqual([2]);
  });

  it.each([-140, -80, -64, -63, -20, -1, 0, 1])(
    'is never another, filled to the room and %i bytes more',
    (more) => {
      const { session, host, told } = open();
      const frames = [1, 2].map((digit) => [digit, Array(DRAFT_BYTES - 20 + more).fill(digit)]);
      for (const frame of frames) {
        session.write(frame);
        host.overhear();
        session.flush();
        host.poll();
      }
      expect(told).toEqual(frames);
    },
  );

  it('is never another where a refused value has made it move', () => {
    const { session, host, told } = open();
    session.write([1, 'old']);
    session.flush();
    host.poll();
    expect(() => session.write([2, 'x'.repeat(200_000), () => {}])).toThrow();
    session.write([3, 'new']);
    host.overhear();
    session.flush();
    host.poll();
    expect(told).toEqual([
      [1, 'old'],
      [3, 'new'],
    ]);
  });

  it('does not show what was refused', () => {
    const { session, host, told } = open();
    session.write([1]);
    expect(() => session.write([2, { a: 'long enough to be seen', b: () => {} }])).toThrow();
    host.overhear();
    session.write([3]);
    host.overhear();
    session.flush();
    host.poll();
    expect(told).toEqual([[1], [3]]);
  });

  it('is told of once, in order, however it is looked at', () => {
    // Texts are given three times the room that they may need; then a frame has to move.
    const large = fc
      .tuple(fc.constantFrom('a', 'é', '€'), fc.constantFrom(12_000, 30_000, 44_000, 131_000))
      .map(([text, length]) => text.repeat(length));
    const value = fc.oneof({ weight: 3, arbitrary: fc.jsonValue({ maxDepth: 2 }) }, large);
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ write: value }) },
      fc.constantFrom<Step>('flush', 'overhear', 'poll'),
    );
    const numRuns = kind === 'threads' ? 500 : 200;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const line = open();
        const { host, told } = line;
        const written: unknown[] = [];
        for (const each of steps) {
          take(each, line, written);
          expect(told).toEqual(written.slice(0, told.length));
        }
        while (host.poll());
        host.overhear();
        expect(told).toEqual(written);
        for (const close of closing.splice(0)) close();
      }),
      { numRuns },
    );
  });

  it('is nothing while the session writes the next one over it', () => {
    const { session, slots } = open();
    session.write([1]);
    const view = new DraftView({
      ...bound(slots),
      draft: {
        ...slots.draft,
        // As if it were interrupted for long.
        read: (length) => {
          session.flush();
          session.write(['another']);
          return slots.draft.read(length);
        },
      },
    });
    expect(view.read(0)).toBeUndefined();
    expect(view.read(1)).toBeUndefined();
  });

  it('breaks nothing where it is no frame', () => {
    const { host, slots, told } = open();
    slots.store(SharedSlot.shown, 2 ** 18 + 9);
    expect(host.overhear()).toBe(false);
    expect(told.map((error) => TroupeError.is(error, 'ProtocolError'))).toEqual([true]);
  });
});

type Step = { readonly write: unknown } | 'flush' | 'overhear' | 'poll';

function take(step: Step, { session, host }: Ends, written: unknown[]): void {
  if (step === 'flush') session.flush();
  else if (step === 'overhear' || step === 'poll') host[step]();
  else {
    written.push([step.write]);
    if (session.write([step.write])) session.flush();
  }
}

/** With methods that may be taken from it. */
function bound(slots: SharedSlots): SharedSlots {
  return {
    length: slots.length,
    draft: slots.draft,
    load: (slot) => slots.load(slot),
    store: (slot, value) => slots.store(slot, value),
    find: (value, from) => slots.find(value, from),
  };
}

it('is not shown where the system has no room for it', () => {
  const slots = FileSlots.create(slotCount(1));
  const draft = new Draft(slots);
  const encoder = new FrameEncoder({ medium: 'bytes', draft });
  expect(encoder.add([1])).toBe(false);
  expect(new DraftView(slots).read(0)).toBeDefined();
  slots.close();
  expect(encoder.add([2])).toBe(true);
});

describe('a frame that the port refuses', () => {
  it('is shown no more, nor told of twice when its messages come alone', () => {
    const { session, host, told } = threads();
    session.write([1]);
    session.write([2]);
    host.overhear();
    const { port1, port2 } = new MessageChannel();
    closing.push(() => port2.close());
    session.write([3]);
    expect(session.write([4, port1])).toBe(true);
    port1.close();
    expect(() => session.flush()).toThrow();
    for (const message of [[1], [2], [3]]) {
      session.write(message);
      expect(host.overhear()).toBe(false);
      session.flush();
    }
    while (host.poll());
    session.write([5]);
    host.overhear();
    expect(told).toEqual([[1], [2], [3], [5]]);
  });
});
