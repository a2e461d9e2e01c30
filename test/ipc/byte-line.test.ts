import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ByteLine, byteTransport } from '../../src/ipc/index.ts';
import { lengthPrefix } from '../../src/ipc/length-prefix.ts';
import { TroupeError } from '../../src/model/index.ts';
import { thrown } from '../support/thrown.ts';

type Message = readonly unknown[];

/** A transport of which a test says what arrives, and sees what it sends. */
function end() {
  const sent: Uint8Array[] = [];
  let arrive: (bytes: Uint8Array) => void = () => {};
  let isClosed = false;
  const line: ByteLine = {
    write: (...pieces) => void sent.push(Buffer.concat(pieces)),
    read: (onBytes) => {
      arrive = onBytes;
    },
    close: () => {
      isClosed = true;
    },
  };
  const transport = byteTransport<Message, Message>(line);
  const told: unknown[] = [];
  transport.receive(
    (batch) => void told.push(batch),
    (error) => void told.push(error),
    () => void told.push('quiet'),
  );
  return {
    transport,
    told,
    sent,
    arrive: (bytes: Uint8Array) => arrive(bytes),
    isClosed: () => isClosed,
  };
}

/** What an end sends for these messages, one frame each. */
function bytesOf(...messages: readonly Message[]): Buffer {
  const { transport, sent } = end();
  for (const message of messages) {
    transport.write(message);
    transport.flush();
  }
  return Buffer.concat(sent);
}

const isProtocolError = (error: unknown) => TroupeError.is(error, 'ProtocolError');

describe('byteTransport', () => {
  it('carries batches of any values, wherever the line is cut', () => {
    const first = [1, { at: new Date(5), map: new Map([[1n, new Set(['a'])]]) }];
    const second = [2, new Float64Array([0.5, 1.5]), new RangeError('no')];
    const bytes = bytesOf(first, second);
    for (let at = 0; at <= bytes.length; at++) {
      const { told, arrive } = end();
      arrive(bytes.subarray(0, at));
      arrive(bytes.subarray(at));
      expect(told.filter((each) => each !== 'quiet')).toEqual([[first], [second]]);
    }
  });

  it('sends what was gathered in one frame, and nothing where there is nothing', () => {
    const { transport, sent } = end();
    transport.flush();
    transport.write([1]);
    transport.write([2]);
    transport.flush();
    transport.flush();
    expect(sent).toHaveLength(1);
    const { told, arrive } = end();
    arrive(sent[0] ?? expect.fail('nothing sent'));
    expect(told).toEqual([[[1], [2]], 'quiet']);
  });

  it('tells of all that has come, then that this was all', () => {
    const { told, arrive } = end();
    arrive(bytesOf(['a'], ['b']));
    arrive(bytesOf(['c']).subarray(0, 3));
    expect(told).toEqual([[['a']], [['b']], 'quiet']);
  });

  it('sends nothing of a message that cannot travel', () => {
    const { transport, sent } = end();
    thrown(() => transport.write(['a', () => {}]), 'NotSerializable');
    const memory = new SharedArrayBuffer(8);
    thrown(() => transport.write([new Int32Array(memory)]), 'NotSerializable');
    transport.write(['b']);
    transport.flush();
    const { told, arrive } = end();
    arrive(Buffer.concat(sent));
    expect(told[0]).toEqual([['b']]);
  });

  it('tells of a frame that is none, and goes on', () => {
    const { told, arrive } = end();
    arrive(Buffer.concat([lengthPrefix(2), Uint8Array.of(0xc1, 0)]));
    arrive(bytesOf(['next']));
    expect(told).toHaveLength(4);
    expect(isProtocolError(told[0])).toBe(true);
    expect(told[2]).toEqual([['next']]);
  });

  it('hears nothing more once nobody can tell where a frame begins', () => {
    const { told, arrive, transport } = end();
    arrive(Buffer.from('console.log(1)'));
    arrive(bytesOf(['next']));
    expect(transport.poll()).toBe(false);
    expect(told).toHaveLength(1);
    expect(isProtocolError(told[0])).toBe(true);
  });

  it('can be polled for what has come while it was told of something', () => {
    const { line, ...host } = polled();
    host.arrive(bytesOf(['a'], ['b']));
    expect(host.told).toEqual([
      ['a', true],
      ['b', false],
    ]);
    expect(line.poll()).toBe(false);
  });

  it('ends its line', () => {
    const { transport, isClosed } = end();
    transport.close();
    expect(isClosed()).toBe(true);
  });

  it('makes messages or a ProtocolError of whatever arrives, and nothing else', () => {
    const damaged = fc
      .tuple(
        fc.array(fc.tuple(fc.nat(9), fc.jsonValue()), { minLength: 1, maxLength: 3 }),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      )
      .map(([messages, changes]) => {
        const bytes = bytesOf(...messages);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        const { told, arrive } = end();
        arrive(bytes);
        for (const each of told) {
          expect(each === 'quiet' || Array.isArray(each) || isProtocolError(each)).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Looks for more while it is told of something, as a session does between two tasks. */
function polled() {
  let arrive: (bytes: Uint8Array) => void = () => {};
  const line = byteTransport<Message, Message>({
    write: () => {},
    read: (onBytes) => {
      arrive = onBytes;
    },
    close: () => {},
  });
  const told: unknown[] = [];
  line.receive(
    ([message]) => {
      const at = told.length;
      told.push(undefined);
      told[at] = [message?.[0], line.poll()];
    },
    (error) => void told.push(error),
  );
  return { line, told, arrive: (bytes: Uint8Array) => arrive(bytes) };
}
