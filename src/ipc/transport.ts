import type { DraftView } from './draft.ts';
import type { EncoderOptions } from './frame-encoder.ts';

/** What a line is given besides its two ends. */
export interface LineOptions extends Omit<EncoderOptions, 'medium'> {
  /** What the other end shows of its next frame. @default nothing */
  readonly view?: DraftView | undefined;
}

/** One end of a two-way line that carries batches of messages. */
export interface Transport<Out, In> {
  /**
   * Adds a message to the frame under way, as its values are now: what happens to them later is not
   * seen on the other side.
   *
   * @returns true when the frame should leave at once: it is large, or something of it moves
   * @throws TroupeError `NotSerializable`, `PayloadTooLarge`; the frame is as it was then
   */
  write(message: Out): boolean;
  /**
   * Sends the frame under way, if it holds anything.
   *
   * @throws whatever the line refuses a value with; nothing of the frame is sent then
   */
  flush(): void;
  /**
   * Who is told of what arrives: of each batch, of a frame that was none, and, when several have been
   * told of, that this was all for now. Set once, before anything arrives.
   */
  receive(
    onBatch: (messages: readonly In[]) => void,
    onError: (error: Error) => void,
    onQuiet?: () => void,
  ): void;
  /** Tells at once of the next frame that has arrived and was not told of. @returns false for none */
  poll(): boolean;
  /**
   * Tells at once of what the other end has written and not sent yet, as far as it can be seen; it is not
   * told of again when it comes. @returns false for nothing new
   */
  overhear(): boolean;
  /** Ends the line at both ends. What was sent before still arrives. */
  close(): void;
}
