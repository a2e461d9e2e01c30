import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Outbox } from '../../src/ipc/index.ts';
import { MAX_BATCH } from '../../src/ipc/protocol.ts';
import { TroupeError } from '../../src/model/index.ts';

interface Message {
  readonly id: number;
  /** It cannot travel, and this is what is sent in its place, if anything. */
  readonly instead?: readonly Message[];
  /** Only the line itself finds out that it cannot travel. */
  readonly late?: true;
  /** Its frame should leave at once. */
  readonly urgent?: true;
  /** Pushed by a getter of its value, while it is written. */
  readonly pushes?: readonly Message[];
}

function sent(id: number): Message {
  return { id };
}

function bad(id: number, ...instead: readonly Message[]): Message {
  return { id, instead };
}

/** A line that carries whatever is not bad, and all of what it carried. */
function line() {
  const batches: (readonly Message[])[] = [];
  const refused: { message: Message; error: TroupeError }[] = [];
  let frame: Message[] = [];
  let writing = false;
  const write = (message: Message) => {
    expect(writing, 'two messages at once').toBe(false);
    writing = true;
    for (const other of message.pushes ?? []) outbox.push(other);
    writing = false;
    if (message.instead && !message.late) throw new TroupeError('NotSerializable', 'bad');
    frame.push(message);
    return message.urgent === true;
  };
  const flush = () => {
    const batch = frame;
    frame = [];
    if (batch.some(({ instead }) => instead)) throw new Error('refused by the line');
    if (batch.length > 0) batches.push(batch);
  };
  const outbox: Outbox<Message> = new Outbox({ write, flush }, (message, error) => {
    refused.push({ message, error });
    for (const other of message.instead ?? []) outbox.push(other);
  });
  return { outbox, batches, refused, ids: () => batches.flat().map(({ id }) => id) };
}

describe('Outbox', () => {
  it('sends what was pushed as one batch, when it is told to', () => {
    const { outbox, batches } = line();
    outbox.push(sent(1));
    outbox.push(sent(2));
    expect(outbox.size).toBe(2);
    expect(batches).toEqual([]);
    outbox.flush();
    expect(batches).toEqual([[sent(1), sent(2)]]);
    expect(outbox.size).toBe(0);
  });

  it('sends nothing when there is nothing', () => {
    const { outbox, batches } = line();
    outbox.flush();
    outbox.push(sent(1));
    outbox.flush();
    outbox.flush();
    expect(batches).toEqual([[sent(1)]]);
  });

  it('sends a full batch at once', () => {
    const { outbox, batches } = line();
    for (let id = 0; id < MAX_BATCH; id++) outbox.push(sent(id));
    expect(batches.map((batch) => batch.length)).toEqual([MAX_BATCH]);
    expect(outbox.size).toBe(0);
    outbox.push(sent(MAX_BATCH));
    expect(batches).toHaveLength(1);
  });

  it('sends at once what should not wait, with those before it', () => {
    const { outbox, batches } = line();
    outbox.push(sent(1));
    outbox.push({ id: 2, urgent: true });
    outbox.push(sent(3));
    expect(batches).toEqual([[sent(1), { id: 2, urgent: true }]]);
    expect(outbox.size).toBe(1);
  });

  it('refuses what cannot travel as soon as it is pushed: the others of its batch do', () => {
    const { outbox, refused, ids } = line();
    for (const message of [sent(1), bad(2)]) outbox.push(message);
    expect(refused.map(({ message }) => message.id)).toEqual([2]);
    expect(refused[0]?.error.code).toBe('NotSerializable');
    outbox.push(sent(3));
    outbox.flush();
    expect(ids()).toEqual([1, 3]);
    expect(refused).toHaveLength(1);
  });

  it('singles out what only the line refuses: the others of its batch travel', () => {
    const { outbox, refused, ids } = line();
    for (const message of [sent(1), { ...bad(2), late: true } as const, sent(3)]) {
      outbox.push(message);
    }
    outbox.flush();
    expect(ids()).toEqual([1, 3]);
    expect(refused.map(({ message }) => message.id)).toEqual([2]);
  });

  it('sends what is pushed in place of a message, in its place', () => {
    for (const late of [{}, { late: true } as const]) {
      const { outbox, ids } = line();
      for (const message of [sent(1), { ...bad(2, sent(20), sent(21)), ...late }, sent(3)]) {
        outbox.push(message);
      }
      outbox.flush();
      expect(ids()).toEqual([1, 20, 21, 3]);
      expect(outbox.size).toBe(0);
    }
  });

  it('sends what a value being written pushes after the message that holds it', () => {
    const { outbox, ids } = line();
    outbox.push({ id: 1, pushes: [{ id: 2, pushes: [sent(3)] }, sent(4)] });
    outbox.push(sent(5));
    outbox.flush();
    expect(ids()).toEqual([1, 2, 3, 4, 5]);
  });

  it('makes a NotSerializable of any other throw', () => {
    const errors: TroupeError[] = [];
    const cause = new RangeError('too long');
    const write = () => {
      throw cause;
    };
    const outbox = new Outbox<Message>({ write, flush: () => {} }, (_, error) =>
      errors.push(error),
    );
    outbox.push(sent(1));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({
      code: 'NotSerializable',
      message: 'message not sent: too long',
      cause,
    });
  });

  it('sends everything that can travel once and in order, and refuses the rest once', () => {
    let id = 0;
    const good = fc
      .constantFrom({}, {}, {}, { urgent: true } as const)
      .map((how): Message => ({ id: id++, ...how }));
    const { message } = fc.letrec<{ message: Message }>((tie) => ({
      message: fc.oneof(
        { maxDepth: 2, withCrossShrink: true },
        { weight: 9, arbitrary: good },
        {
          weight: 1,
          arbitrary: fc
            .tuple(fc.array(tie('message'), { maxLength: 2 }), fc.boolean())
            .map(([instead, late]) => ({ ...bad(id++, ...instead), ...(late && { late }) })),
        },
      ),
    }));
    const burst = fc.array(good, { minLength: MAX_BATCH - 2, maxLength: MAX_BATCH + 2 });
    const move = fc.oneof<[fc.Arbitrary<Move>, fc.Arbitrary<Move>, fc.Arbitrary<Move>]>(
      fc.array(message, { maxLength: 3 }),
      fc.constant('flush'),
      burst,
    );
    fc.assert(fc.property(fc.array(move, { maxLength: 12 }), expectAllSent));
  });
});

type Move = 'flush' | readonly Message[];

function travelling({ id, instead }: Message): number[] {
  return instead === undefined ? [id] : instead.flatMap(travelling);
}

function refusals({ id, instead }: Message): number[] {
  return instead === undefined ? [] : [id, ...instead.flatMap(refusals)];
}

function expectAllSent(moves: readonly Move[]): void {
  const { outbox, refused, ids, batches } = line();
  for (const move of moves) {
    if (move === 'flush') outbox.flush();
    else for (const message of move) outbox.push(message);
  }
  outbox.flush();
  const pushed = moves.flatMap((move) => (move === 'flush' ? [] : move));
  expect(ids()).toEqual(pushed.flatMap(travelling));
  const told = refused.map(({ message }) => message.id).sort((a, b) => a - b);
  expect(told).toEqual(pushed.flatMap(refusals).sort((a, b) => a - b));
  expect(outbox.size).toBe(0);
  expect(Math.max(0, ...batches.map((batch) => batch.length))).toBeLessThanOrEqual(MAX_BATCH);
}
