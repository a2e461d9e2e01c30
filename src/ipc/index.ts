/** The protocol between host and sessions: messages, frames, and the lines that carry them. */
export { decodeFrame, encodeFrame } from './codec.ts';
export { messagePortTransport } from './message-port.ts';
export { Outbox } from './outbox.ts';
export * from './protocol.ts';
export type { Transport } from './transport.ts';
