import { decodeFrame } from './codec.ts';
import type { DraftView } from './draft.ts';

/** Who is told of what one end of a line receives; @see Transport.receive */
export interface Receiver<In> {
  readonly onBatch: (messages: readonly In[]) => void;
  readonly onError: (error: Error) => void;
}

/** Reads frames as they arrive, and ahead of that what the other end shows of the next. */
export class Reception<In> {
  readonly #draft: DraftView | undefined;
  #receiver: Receiver<In> | undefined;
  #frames = 0;
  /** Messages that were told of before their frame came. */
  #ahead = 0;

  constructor(draft: DraftView | undefined) {
    this.#draft = draft;
  }

  /** From now on. */
  tell(receiver: Receiver<In>): void {
    this.#receiver = receiver;
  }

  /** @param received a frame, as it came */
  deliver(received: unknown): void {
    this.#frames++;
    const receiver = this.#receiver;
    if (receiver === undefined) return;
    const batch = this.#decode(received, receiver);
    if (batch === undefined) return;
    if (this.#ahead === 0) receiver.onBatch(batch);
    else this.#tellRest(receiver, batch);
  }

  #tellRest({ onBatch }: Receiver<In>, batch: readonly In[]): void {
    const rest = batch.slice(this.#ahead);
    this.#ahead -= batch.length - rest.length;
    if (rest.length > 0) onBatch(rest);
  }

  /** @see Transport.overhear */
  overhear(): boolean {
    const receiver = this.#receiver;
    const frame = this.#draft?.read(this.#frames);
    if (frame === undefined || receiver === undefined) return false;
    const batch = this.#decode(frame, receiver);
    if (batch === undefined || batch.length <= this.#ahead) return false;
    const news = batch.slice(this.#ahead);
    this.#ahead = batch.length;
    receiver.onBatch(news);
    return true;
  }

  #decode(frame: unknown, { onError }: Receiver<In>): readonly In[] | undefined {
    try {
      return decodeFrame<In>(frame);
    } catch (error) {
      onError(error as Error);
      return undefined;
    }
  }
}
