import { MessageChannel, receiveMessageOnPort, type Transferable } from 'node:worker_threads';
import { FrameEncoder, type Parcel } from '../../src/ipc/frame-encoder.ts';
import { decodeFrame, toBytes, type ValueOptions } from '../../src/ipc/index.ts';

/** What a port would be given for a parcel. */
export function messageOf({ frame, beside }: Parcel): unknown {
  return beside.length === 0 ? frame : { frame, beside };
}

/** Through a real port, though of this thread. */
export function throughPort(parcel: Parcel): unknown {
  const { port1, port2 } = new MessageChannel();
  try {
    port1.postMessage(messageOf(parcel), [
      parcel.frame.buffer,
      ...(parcel.moved as Transferable[]),
    ]);
    return receiveMessageOnPort(port2)?.message;
  } finally {
    port1.close();
  }
}

/** The parcel of one message that holds nothing but a value, called `input`. */
export function parcelOf(value: unknown, values: ValueOptions = {}, medium?: 'port' | 'bytes') {
  const encoder = new FrameEncoder({ names: { 1: 'input' }, values, ...(medium && { medium }) });
  encoder.add([1, value]);
  return encoder.take() as Parcel;
}

/** How a value arrives by each of the two ways. */
export const WAYS: Readonly<Record<'port' | 'bytes', <T>(value: T, values?: ValueOptions) => T>> = {
  port: (value, values) => only(throughPort(parcelOf(value, values))),
  bytes: (value, values) => only(toBytes(parcelOf(value, values, 'bytes'))),
};

export const EACH_WAY = Object.entries(WAYS);

function only<T>(received: unknown): T {
  const [message] = decodeFrame<readonly [kind: number, value: T]>(received);
  return (message as readonly [number, T])[1];
}
