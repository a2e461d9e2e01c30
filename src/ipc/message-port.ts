import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { decodeFrame, encodeFrame } from './codec.ts';
import type { Transport } from './transport.ts';

/** A transport over a MessagePort: each frame is transferred, not copied. */
export function messagePortTransport<Out, In>(port: MessagePort): Transport<Out, In> {
  let deliver: (frame: unknown) => void = () => {};
  return {
    send(messages) {
      const frame = encodeFrame(messages);
      port.postMessage(frame, [frame.buffer]);
    },
    receive(onBatch, onError) {
      deliver = (frame) => {
        let batch: readonly In[];
        try {
          batch = decodeFrame<In>(frame as Uint8Array);
        } catch (error) {
          onError(error as Error);
          return;
        }
        onBatch(batch);
      };
      port.on('message', deliver);
      port.on('messageerror', onError);
    },
    drain() {
      for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
        deliver(next.message);
      }
    },
    close: () => port.close(),
  };
}
