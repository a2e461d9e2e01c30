/** The protocol between host and sessions: messages, frames, and the lines that carry them. */
export { isDetached } from './binary.ts';
export { type ByteLine, byteTransport } from './byte-line.ts';
export { decodeFrame, encodeFrame, toBytes } from './codec.ts';
export { Draft, DraftView } from './draft.ts';
export { fieldsOf } from './error-fields.ts';
export { FileSlots } from './file-slots.ts';
export { messagePortTransport } from './message-port.ts';
export { Outbox } from './outbox.ts';
export { isPlain } from './plain.ts';
export * from './protocol.ts';
export {
  HEARTBEAT,
  MemorySlots,
  SharedSlot,
  type SharedSlots,
  sharedSlots,
  slotCount,
} from './shared-slots.ts';
export { receivedError, type SentError, sentError } from './thrown.ts';
export { transfer } from './transfer.ts';
export type { Transport } from './transport.ts';
export {
  type ResolvedValueOptions,
  resolveValueOptions,
  type ValueOptions,
} from './value-options.ts';
