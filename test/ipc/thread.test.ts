import { createSecretKey, type KeyObject } from 'node:crypto';
import { BlockList } from 'node:net';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transfer } from '../../src/ipc/index.ts';
import { anyValue, plainValue } from './arbitrary-value.ts';
import { EchoThread } from './echo-thread.ts';
import { differenceOf } from './faithful.ts';

/** msgpackr reads texts with a native part where there is one, and without where there is none. */
const READERS: [string, Record<string, string>][] = [
  ['as msgpackr is installed', {}],
  ['without its native part', { MSGPACKR_NATIVE_ACCELERATION_DISABLED: 'true' }],
];

describe.each(READERS)('a thread that sends back what it gets, %s', (_, env) => {
  let thread: EchoThread;

  beforeAll(() => {
    thread = new EchoThread(env);
  });

  afterAll(() => thread.end());

  it.each([
    ['whatever they are', anyValue],
    ['if they are plain', plainValue],
  ])('gives back values as they were, %s', async (__, values) => {
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        expect(differenceOf(await thread.echo(value), value)).toBeUndefined();
      }),
      { numRuns: 150 },
    );
  });

  it('shares shared memory', async () => {
    const shared = new Int32Array(new SharedArrayBuffer(8));
    const back = await thread.echo({ shared });
    Atomics.store(shared, 1, 7);
    expect(Atomics.load(back.shared, 1)).toBe(7);
  });

  it('gives back objects of the platform', async () => {
    const key = createSecretKey(Buffer.from('secret'));
    const list = new BlockList();
    list.addAddress('10.0.0.1');
    const back = await thread.echo({ blob: new Blob(['text']), key, list });
    expect(await back.blob.text()).toBe('text');
    expect((back.key as KeyObject).export()).toEqual(Buffer.from('secret'));
    expect(back.list.check('10.0.0.1')).toBe(true);
  });

  it('keeps resizable memory resizable', async () => {
    const options = { maxByteLength: 64 };
    const buffer = new (ArrayBuffer as unknown as Resizable)(8, options);
    const back = await thread.echo({ buffer, view: new Uint8Array(buffer) });
    expect(back.buffer).toMatchObject({ byteLength: 8, maxByteLength: 64, resizable: true });
    expect(back.view.buffer).toBe(back.buffer);
  });

  it('moves a port there and back', async () => {
    const { port1, port2 } = new MessageChannel();
    const [back] = await thread.echo([port2]);
    port1.postMessage('through three threads');
    expect(receiveMessageOnPort(back as typeof port2)?.message).toBe('through three threads');
    port1.close();
  });

  it('moves memory there and back', async () => {
    const pixels = new Float64Array(1_000).fill(0.5);
    const [back] = await thread.echo(transfer([pixels]), 2);
    expect(pixels.length).toBe(0);
    expect(back).toEqual(new Float64Array(1_000).fill(0.5));
  });
});

type Resizable = new (length: number, options: { maxByteLength: number }) => ArrayBuffer;
