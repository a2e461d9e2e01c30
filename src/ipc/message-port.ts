import { type MessagePort, receiveMessageOnPort, type Transferable } from 'node:worker_threads';
import { FrameEncoder, type Parcel } from './frame-encoder.ts';
import { Reception } from './reception.ts';
import type { LineOptions, Transport } from './transport.ts';

/** So many frames are told of in one turn of the event loop: somebody may never stop sending. */
const MAX_FRAMES = 64;

/**
 * A transport over a MessagePort. A short frame travels as text, a character for each byte, which is the
 * quickest to post and leaves no buffers behind; a longer one is transferred, not copied. What travels
 * beside it is cloned by the port itself, in the same message.
 */
export function messagePortTransport<Out extends readonly unknown[], In>(
  port: MessagePort,
  options: LineOptions = {},
): Transport<Out, In> {
  const { draft, view } = options;
  const reception = new Reception<In>(view);
  const encoder = new FrameEncoder(options);
  const poll = () => {
    const next = receiveMessageOnPort(port);
    if (next === undefined) return false;
    reception.deliver(next.message);
    return true;
  };
  return {
    write: (message) => encoder.add(message),
    flush() {
      const text = encoder.takeText();
      const parcel = text ?? encoder.take();
      if (parcel === undefined) return;
      try {
        post(port, parcel);
      } catch (error) {
        draft?.withdraw();
        throw error;
      }
      draft?.sent();
    },
    receive(onBatch, onError, onQuiet = () => {}) {
      reception.tell({ onBatch, onError });
      port.on('message', (received) => {
        reception.deliver(received);
        // An event for each frame would have each answered on its own, in a frame of its own.
        for (let frames = 1; frames < MAX_FRAMES && poll(); ) frames++;
        onQuiet();
      });
      port.on('messageerror', onError);
    },
    poll,
    overhear: () => reception.overhear(),
    close: () => port.close(),
  };
}

function post(port: MessagePort, parcel: Parcel | string): void {
  if (typeof parcel === 'string') {
    port.postMessage(parcel);
    return;
  }
  const { frame, beside, moved } = parcel;
  if (beside.length === 0) port.postMessage(frame, [frame.buffer]);
  else port.postMessage({ frame, beside }, [frame.buffer, ...(moved as Transferable[])]);
}
