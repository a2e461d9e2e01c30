import { INBOX_SIZE } from '../ipc/index.ts';

/** The way to the session that holds a job. */
export interface TalkLine {
  message(value: unknown): void;
  credit(pieces: number): void;
}

/**
 * What the caller has for a task besides its input: messages, and credit for its stream. No more
 * messages are under way than the task's inbox holds; the rest waits here, as all does while no
 * session has the job.
 */
export class Talk {
  #line: TalkLine | undefined;
  #waiting: unknown[] = [];
  /** Sent, and not taken by the task yet. */
  #underway: unknown[] = [];
  #granted = 0;

  push(message: unknown): void {
    this.#waiting.push(message);
    this.#pump();
  }

  grant(pieces: number): void {
    this.#granted += pieces;
    this.#line?.credit(pieces);
  }

  /** The task took so many. */
  taken(count: number): void {
    this.#underway.splice(0, count);
    this.#pump();
  }

  /** The job was given to a session. */
  begin(line: TalkLine): void {
    this.#line = line;
    if (this.#granted > 0) line.credit(this.#granted);
    this.#pump();
  }

  /** The session gave the job back, or died with it, before its task could take anything. */
  rewind(): void {
    this.#line = undefined;
    this.#waiting = [...this.#underway, ...this.#waiting];
    this.#underway = [];
  }

  #pump(): void {
    const line = this.#line;
    if (line === undefined) return;
    const messages = this.#waiting.splice(0, INBOX_SIZE - this.#underway.length);
    for (const message of messages) {
      this.#underway.push(message);
      line.message(message);
    }
  }
}
