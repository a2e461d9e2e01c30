import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Outbox } from '../../src/ipc/index.ts';
import { MAX_BATCH } from '../../src/ipc/protocol.ts';
import { TroupeError } from '../../src/model/index.ts';

interface Message {
  readonly id: number;
  /** It cannot travel, and this is what is sent in its place, if anything. */
  readonly instead?: readonly Message[];
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
  const send = (batch: readonly Message[]) => {
    if (batch.some(({ instead }) => instead)) throw new TroupeError('NotSerializable', 'bad');
    batches.push(batch);
  };
  const outbox: Outbox<Message> = new Outbox({ send }, (message, error) => {
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

  it('singles out what cannot travel: the others of its batch do', () => {
    const { outbox, refused, ids } = line();
    for (const message of [sent(1), bad(2), sent(3)]) outbox.push(message);
    outbox.flush();
    expect(ids()).toEqual([1, 3]);
    expect(refused.map(({ message }) => message.id)).toEqual([2]);
    expect(refused[0]?.error.code).toBe('NotSerializable');
  });

  it('sends what is pushed in place of a message, in its place', () => {
    const { outbox, ids } = line();
    for (const message of [sent(1), bad(2, sent(20), sent(21)), sent(3)]) outbox.push(message);
    outbox.flush();
    expect(ids()).toEqual([1, 20, 21, 3]);
    expect(outbox.size).toBe(0);
  });

  it('makes a NotSerializable of any other throw', () => {
    const errors: TroupeError[] = [];
    const cause = new RangeError('too long');
    const send = () => {
      throw cause;
    };
    const outbox = new Outbox<Message>({ send }, (_, error) => errors.push(error));
    outbox.push(sent(1));
    outbox.flush();
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({
      code: 'NotSerializable',
      message: 'message not sent: too long',
      cause,
    });
  });

  it('sends everything that can travel once and in order, and refuses the rest once', () => {
    let id = 0;
    const good = fc.constant(null).map(() => sent(id++));
    const { message } = fc.letrec<{ message: Message }>((tie) => ({
      message: fc.oneof(
        { maxDepth: 2, withCrossShrink: true },
        { weight: 9, arbitrary: good },
        {
          weight: 1,
          arbitrary: fc
            .array(tie('message'), { maxLength: 2 })
            .map((instead) => bad(id++, ...instead)),
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
  expect(refused.map(({ message }) => message.id)).toEqual(pushed.flatMap(refusals));
  expect(outbox.size).toBe(0);
  expect(Math.max(0, ...batches.map((batch) => batch.length))).toBeLessThanOrEqual(MAX_BATCH);
}
