/** One end of a two-way line that carries batches of messages. */
export interface Transport<Out, In> {
  /**
   * Sends a batch as one frame.
   * @throws TroupeError `NotSerializable`; nothing is sent then
   */
  send(messages: readonly Out[]): void;
  /** Who is told of each batch, and of a frame that was none. Set once, before anything arrives. */
  receive(onBatch: (messages: readonly In[]) => void, onError: (error: Error) => void): void;
  /** Tells at once of what has arrived but was not told yet; for when the other end is gone. */
  drain(): void;
  /** Ends the line at both ends. What was sent before still arrives. */
  close(): void;
}
