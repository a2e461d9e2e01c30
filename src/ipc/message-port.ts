import { type MessagePort, receiveMessageOnPort, type Transferable } from 'node:worker_threads';
import { decodeFrame } from './codec.ts';
import { type EncoderOptions, FrameEncoder, type Parcel } from './frame-encoder.ts';
import type { Transport } from './transport.ts';

/** So many frames are told of in one turn of the event loop: somebody may never stop sending. */
const MAX_FRAMES = 64;

/**
 * A transport over a MessagePort. A short frame travels as text, a character for each byte, which is the
 * quickest to post and leaves no buffers behind; a longer one is transferred, not copied. What travels
 * beside it is cloned by the port itself, in the same message.
 */
export function messagePortTransport<Out extends readonly unknown[], In>(
  port: MessagePort,
  options: Omit<EncoderOptions, 'medium'> = {},
): Transport<Out, In> {
  let deliver: (received: unknown) => void = () => {};
  const encoder = new FrameEncoder(options);
  const poll = () => {
    const next = receiveMessageOnPort(port);
    if (next === undefined) return false;
    deliver(next.message);
    return true;
  };
  return {
    write: (message) => encoder.add(message),
    flush() {
      const text = encoder.takeText();
      if (text !== undefined) {
        port.postMessage(text);
        return;
      }
      const parcel = encoder.take();
      if (parcel !== undefined) post(port, parcel);
    },
    receive(onBatch, onError, onQuiet = () => {}) {
      deliver = (received) => {
        let batch: readonly In[];
        try {
          batch = decodeFrame<In>(received);
        } catch (error) {
          onError(error as Error);
          return;
        }
        onBatch(batch);
      };
      port.on('message', (received) => {
        deliver(received);
        // An event for each frame would have each answered on its own, in a frame of its own.
        for (let frames = 1; frames < MAX_FRAMES && poll(); ) frames++;
        onQuiet();
      });
      port.on('messageerror', onError);
    },
    poll,
    close: () => port.close(),
  };
}

function post(port: MessagePort, { frame, beside, moved }: Parcel): void {
  if (beside.length === 0) port.postMessage(frame, [frame.buffer]);
  else port.postMessage({ frame, beside }, [frame.buffer, ...(moved as Transferable[])]);
}
