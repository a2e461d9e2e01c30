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
  /** Who is told of each batch, and of a frame that was none. Set once, before anything arrives. */
  receive(onBatch: (messages: readonly In[]) => void, onError: (error: Error) => void): void;
  /** Tells at once of what has arrived but was not told yet; for when the other end is gone. */
  drain(): void;
  /** Ends the line at both ends. What was sent before still arrives. */
  close(): void;
}
