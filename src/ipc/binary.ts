import { types } from 'node:util';

/** In the order of the codes by which msgpackr tells them apart. */
const TYPED_ARRAYS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const;

/** The typed arrays that a frame can hold, by prototype. A Buffer arrives as a Uint8Array. */
export const TYPED_ARRAY_CODES: ReadonlyMap<unknown, number> = new Map([
  ...TYPED_ARRAYS.map(({ prototype }, code): [unknown, number] => [prototype, code]),
  [Buffer.prototype, 1],
]);

interface Resizable {
  readonly resizable?: boolean;
}

/** Memory of a fixed size that nobody else can write to. */
export function isPlainBuffer(buffer: ArrayBufferLike): buffer is ArrayBuffer {
  return types.isArrayBuffer(buffer) && (buffer as Resizable).resizable !== true;
}

/** True for memory that was moved away. */
export function isDetached(buffer: ArrayBuffer): boolean {
  if (buffer.byteLength > 0) return false;
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

/** Small Buffers are parts of memory that Node shares out, and that is not theirs to give away. */
export function isPooled(view: ArrayBufferView): boolean {
  const { byteLength } = view.buffer;
  return Buffer.isBuffer(view) && byteLength === Buffer.poolSize && view.byteLength < byteLength;
}

type ViewConstructor = new (
  buffer: ArrayBufferLike,
  byteOffset?: number,
  length?: number,
) => ArrayBufferView;

/** A view of the same kind over other memory. */
export function viewOver(
  view: ArrayBufferView,
  buffer: ArrayBufferLike,
  byteOffset: number,
): ArrayBufferView {
  const length = (view as { length?: number }).length ?? view.byteLength;
  return new (constructorOf(view))(buffer, byteOffset, length);
}

/** Not `view.constructor`: that of a Buffer is another. */
function constructorOf(view: ArrayBufferView): ViewConstructor {
  const name = kindOf(view) as 'Uint8Array';
  return globalThis[name] as unknown as ViewConstructor;
}

/** `Uint8Array` for a Buffer, too, and whatever realm it is of. */
export function kindOf(view: ArrayBufferView): string {
  if (types.isDataView(view)) return 'DataView';
  return (view as Uint8Array)[Symbol.toStringTag];
}

/** What is seen of a view, and nothing of the memory around it, in a view of the same kind. */
export function copyOfView(view: ArrayBufferView): ArrayBufferView {
  const { buffer, byteOffset, byteLength } = view;
  return viewOver(view, copyOfBytes(buffer, byteOffset, byteLength), 0);
}

/** Not `slice`, which fills its memory with zeros first: with 1 MiB that takes twice as long. */
export function copyOfBytes(
  buffer: ArrayBufferLike,
  byteOffset = 0,
  byteLength = buffer.byteLength,
): ArrayBuffer {
  return new Uint8Array(new Uint8Array(buffer, byteOffset, byteLength)).buffer;
}
