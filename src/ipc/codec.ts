import { Deserializer, Serializer } from 'node:v8';
import { Unpackr } from 'msgpackr';
import { TroupeError } from '../model/index.ts';
import { applyPatch, type Patch } from './error-fields.ts';
import { type Beside, FrameEncoder, type Parcel, SHORT_FRAME } from './frame-encoder.ts';
import { notSerializable } from './refusal.ts';

/**
 * Reads what `FrameWriter` wrote: records, and Maps as Maps. References are refused: no frame of ours
 * has any, and a forged one could refer to more than memory can hold. Bytes are copied out of the
 * frame: as a view they would keep all of it alive, and show it to whoever asks for `buffer`.
 */
const reader = new Unpackr({
  useRecords: true,
  mapsAsObjects: false,
  structuredClone: false,
  copyBuffers: true,
});

/** MessagePack never uses this byte: with it begins a frame that has its beside behind it. */
const WITH_BESIDE = 0xc1;
/** That byte, and the length of the frame proper. */
const PREFIX = 5;

/**
 * A parcel as one run of bytes, for a line that carries nothing else. What was to move was copied.
 * @throws TroupeError `NotSerializable` for what V8 cannot write
 */
export function toBytes({ frame, beside }: Parcel): Uint8Array<ArrayBuffer> {
  if (beside.length === 0) return frame;
  const tail = serialize(beside);
  const bytes = new Uint8Array(PREFIX + frame.length + tail.length);
  bytes[0] = WITH_BESIDE;
  new DataView(bytes.buffer).setUint32(1, frame.length);
  bytes.set(frame, PREFIX);
  bytes.set(tail, PREFIX + frame.length);
  return bytes;
}

/** The version that this process writes: its header is a mark and the version. */
const WIRE_FORMAT = wireFormat();

function wireFormat(): number | undefined {
  const serializer = new Serializer();
  serializer.writeHeader();
  return serializer.releaseBuffer()[1];
}

/** Not `v8.serialize`: that one takes views for host objects, and forgets what they share. */
function serialize(beside: readonly Beside[]): Buffer {
  const serializer = new Serializer();
  serializer.writeHeader();
  try {
    serializer.writeValue(beside);
  } catch (cause) {
    throw notSerializable('value', { what: 'unreadable', advice: String(cause), cause });
  }
  return serializer.releaseBuffer();
}

/**
 * Messages as one run of bytes that owns its memory; nothing is shared or moved.
 * @throws TroupeError `NotSerializable`, `PayloadTooLarge`
 */
export function encodeFrame(messages: readonly (readonly unknown[])[]): Uint8Array<ArrayBuffer> {
  const encoder = new FrameEncoder({ medium: 'bytes' });
  for (const message of messages) encoder.add(message);
  return toBytes(encoder.take() ?? { frame: Uint8Array.of(0x90), beside: [], moved: [] });
}

/**
 * The messages of a frame, not yet checked one by one.
 * @param received bytes, or what a port carries in place of them
 * @throws TroupeError `ProtocolError` for a frame that is cut, forged or no batch
 */
export function decodeFrame<Message>(received: unknown): readonly Message[] {
  try {
    return decode(received) as readonly unknown[] as readonly Message[];
  } catch (cause) {
    if (TroupeError.is(cause, 'ProtocolError')) throw cause;
    throw new TroupeError('ProtocolError', 'a frame could not be decoded', { cause });
  }
}

/** Where a frame that came as text is read from. */
const short = new Uint8Array(SHORT_FRAME);
const shortBuffer = Buffer.from(short.buffer);

function unpackText(text: string): unknown[] {
  if (text.length > short.length) throw malformed('a frame that came as text is too long for that');
  return batchOf(reader.unpack(short, shortBuffer.write(text, 'latin1')));
}

function decode(received: unknown): readonly unknown[] {
  if (typeof received === 'string') return unpackText(received);
  if (!(received instanceof Uint8Array)) {
    const { frame, beside } = received as { frame: unknown; beside: unknown };
    return place(unpack(frame), beside);
  }
  if (received[0] !== WITH_BESIDE) return unpack(received);
  const length = new DataView(received.buffer, received.byteOffset, received.byteLength).getUint32(
    1,
  );
  const end = PREFIX + length;
  if (end > received.length) throw malformed('a frame is shorter than it says');
  return place(unpack(received.subarray(PREFIX, end)), deserialize(received.subarray(end)));
}

function unpack(frame: unknown): unknown[] {
  if (!(frame instanceof Uint8Array)) throw malformed('a frame must be bytes');
  // From a Buffer the reader would make Buffers.
  const bytes = Buffer.isBuffer(frame) ? plainView(frame) : frame;
  return batchOf(reader.unpack(bytes));
}

function batchOf(batch: unknown): unknown[] {
  if (Array.isArray(batch)) return batch;
  throw malformed('a frame must hold an array of messages');
}

function plainView({ buffer, byteOffset, byteLength }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function deserialize(bytes: Uint8Array): unknown {
  const deserializer = new Deserializer(bytes);
  deserializer.readHeader();
  // The forms of older versions are many, and no line of ours has an older end.
  const version = deserializer.getWireFormatVersion();
  if (version !== WIRE_FORMAT) throw malformed(`a frame is of V8's wire format ${version}`);
  return deserializer.readValue();
}

/** Puts what travelled beside the frame where it belongs. */
function place(batch: unknown[], beside: unknown): readonly unknown[] {
  if (!Array.isArray(beside)) throw malformed('what travels beside a frame must be an array');
  for (const entry of beside as Beside[]) {
    const [index, slot, value, patches] = entry;
    const message = itemOf(batch, index);
    if (!Array.isArray(message) || itemOf(message, slot) !== null) {
      throw malformed(`a frame has no place ${String(index)}, ${String(slot)} for a value`);
    }
    for (const patch of patches as Patch[]) applyPatch(patch);
    message[slot] = value;
  }
  return batch;
}

/** A forged index may be any value: `__proto__` would find what is no item. */
function itemOf(list: readonly unknown[], index: unknown): unknown {
  return Number.isInteger(index) ? list[index as number] : undefined;
}

function malformed(message: string): TroupeError {
  return new TroupeError('ProtocolError', message);
}
