import { once } from 'node:events';
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SHORT_FRAME } from '../../src/ipc/frame-encoder.ts';
import { messagePortTransport, type Transport } from '../../src/ipc/index.ts';
import { TroupeError } from '../../src/model/index.ts';
import { thrown } from '../support/thrown.ts';

type Line = Transport<readonly unknown[], unknown>;

/** Sends messages in one frame. */
function send(line: Line, ...messages: readonly (readonly unknown[])[]): void {
  for (const message of messages) line.write(message);
  line.flush();
}

/** What one end of a line was told, and a way to wait until it has been told so much. */
function listen(transport: Line) {
  const batches: (readonly unknown[])[] = [];
  const errors: Error[] = [];
  let wake = () => {};
  transport.receive(
    (batch) => {
      batches.push(batch);
      wake();
    },
    (error) => {
      errors.push(error);
      wake();
    },
  );
  const until = async (count: number) => {
    while (batches.length + errors.length < count) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { batches, errors, until };
}

describe('messagePortTransport', () => {
  let ports: [MessagePort, MessagePort];
  let near: Line;
  let far: Line;

  beforeEach(() => {
    const { port1, port2 } = new MessageChannel();
    ports = [port1, port2];
    near = messagePortTransport(port1);
    far = messagePortTransport(port2);
  });

  afterEach(() => {
    for (const port of ports) port.close();
  });

  it('carries batches both ways, in order', async () => {
    const nearHears = listen(near);
    const farHears = listen(far);
    send(near, [1, 'a'], [2]);
    send(near, [new Map([[1n, new Date(5)]])]);
    send(far, ['back']);
    await Promise.all([farHears.until(2), nearHears.until(1)]);
    expect(farHears.batches).toEqual([[[1, 'a'], [2]], [[new Map([[1n, new Date(5)]])]]]);
    expect(nearHears.batches).toEqual([[['back']]]);
  });

  it('sends nothing of a message that cannot travel', async () => {
    const hears = listen(far);
    near.write(['a']);
    thrown(() => near.write(['b', { c: () => {} }]), 'NotSerializable');
    send(near, ['d']);
    await hears.until(1);
    expect(hears.batches).toEqual([[['a'], ['d']]]);
  });

  it('sends nothing where there is nothing', async () => {
    const hears = listen(far);
    near.flush();
    send(near, ['a']);
    near.flush();
    send(near, ['b']);
    await hears.until(2);
    expect(hears.batches).toEqual([[['a']], [['b']]]);
  });

  it('sends a frame alone, or with what travels beside it', () => {
    const received = () => receiveMessageOnPort(ports[1])?.message;
    send(near, [1, { a: 'text'.repeat(256) }]);
    expect(received()).toBeInstanceOf(Uint8Array);
    send(near, [1, -0, { a: '\ud800' }], [2]);
    const { frame, beside } = received();
    expect(frame).toBeInstanceOf(Uint8Array);
    expect(beside).toEqual([[0, 2, { a: '\ud800' }, []]]);
  });

  it('sends a short frame as text, whatever its bytes are', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    send(near, [1, bytes]);
    const text: unknown = receiveMessageOnPort(ports[1])?.message;
    expect(text).toBeTypeOf('string');
    const hears = listen(far);
    send(near, [1, bytes], [2]);
    send(near, [1, 'ÿ€😀']);
    await hears.until(2);
    expect(hears.batches).toStrictEqual([[[1, bytes], [2]], [[1, 'ÿ€😀']]]);
  });

  it.each([2, 1, 0, -1, -2])('carries what leaves %i bytes of a short frame', async (left) => {
    const hears = listen(far);
    const head = 5 + 1 + 3;
    const text = 'x'.repeat(SHORT_FRAME - left - head);
    send(near, [text]);
    await hears.until(1);
    expect(hears.batches).toEqual([[[text]]]);
  });

  it('sends nothing of a frame that the port refuses, and goes on', async () => {
    const hears = listen(far);
    near.write(['a']);
    // A port cannot be sent through itself, which only the port knows.
    near.write([ports[0]]);
    expect(() => near.flush()).toThrow('source port');
    send(near, ['b']);
    await hears.until(1);
    expect(hears.batches).toEqual([[['b']]]);
  });

  it.each([
    new Uint8Array([0xc1]),
    'text',
    'x'.repeat(2_000),
    '',
    undefined,
    { batch: [] },
    { frame: 5, beside: [] },
  ])('tells of %o, which is no frame, and goes on', async (frame) => {
    const hears = listen(far);
    ports[0].postMessage(frame);
    send(near, ['next']);
    await hears.until(2);
    expect(TroupeError.is(hears.errors[0], 'ProtocolError')).toBe(true);
    expect(hears.batches).toEqual([[['next']]]);
  });

  it('tells of a message that Node itself could not read', () => {
    const hears = listen(far);
    const error = new Error('cannot be cloned back');
    ports[1].emit('messageerror', error);
    expect(hears.errors).toEqual([error]);
  });

  it('can tell at once of what has arrived, frame by frame', () => {
    const hears = listen(far);
    send(near, ['a']);
    ports[0].postMessage('no frame');
    expect(far.poll()).toBe(true);
    expect(hears.batches).toEqual([[['a']]]);
    expect(far.poll()).toBe(true);
    expect(hears.errors).toHaveLength(1);
    expect(far.poll()).toBe(false);
  });

  it('tells of a batch once, polled or not', async () => {
    const hears = listen(far);
    send(near, ['a']);
    far.poll();
    send(near, ['b']);
    await hears.until(2);
    expect(hears.batches).toEqual([[['a']], [['b']]]);
  });

  it('tells of all that has arrived by now, then that this was all', async () => {
    const told: unknown[] = [];
    const quiet = new Promise<void>((resolve) => {
      far.receive(
        (batch) => told.push(batch[0]),
        (error) => told.push(error),
        () => {
          told.push('quiet');
          resolve();
        },
      );
    });
    for (const text of ['a', 'b', 'c']) send(near, [text]);
    await quiet;
    expect(told).toEqual([['a'], ['b'], ['c'], 'quiet']);
  });

  it('lets the event loop turn when there is no end to what arrives', async () => {
    let heard = 0;
    const quiet = new Promise<number>((resolve) => {
      far.receive(
        () => {
          heard++;
          send(near, ['more']);
        },
        () => {},
        () => resolve(heard),
      );
    });
    send(near, ['first']);
    expect(await quiet).toBe(64);
  });

  it('lets what was sent before the end arrive, also at an end that listens late', async () => {
    send(near, ['last words']);
    near.close();
    const hears = listen(far);
    await hears.until(1);
    expect(hears.batches).toEqual([[['last words']]]);
  });

  it('forgets what arrives when nobody is to be told', () => {
    send(near, ['a']);
    expect(far.poll()).toBe(true);
    expect(far.poll()).toBe(false);
  });

  it('ends at both ends', async () => {
    listen(far);
    const ended = once(ports[1], 'close');
    near.close();
    await ended;
    expect(() => send(far, ['nobody hears'])).not.toThrow();
  });
});
