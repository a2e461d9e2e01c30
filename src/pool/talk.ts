import { HostKind, type HostMessage, INBOX_SIZE, type Outbox } from '../ipc/index.ts';
import { TroupeError } from '../model/index.ts';

/** The way to the session that holds a job. */
export interface TalkLine {
  message(value: unknown): void;
  credit(pieces: number): void;
}

/** The way to a job by the outbox of its session: leaves when that is flushed. */
export function lineTo(outbox: Pick<Outbox<HostMessage>, 'push'>, job: number): TalkLine {
  return {
    message: (value) => outbox.push([HostKind.message, job, value]),
    credit: (pieces) => outbox.push([HostKind.credit, job, pieces]),
  };
}

interface Message {
  readonly value: unknown;
  readonly sent: () => void;
  readonly failed: (error: Error) => void;
}

/**
 * What the caller has for a task besides its input: messages, and credit for its stream. No more
 * messages are under way than the task's inbox holds; the rest waits here, as all does while no
 * session has the job.
 */
export class Talk {
  #line: TalkLine | undefined;
  #waiting: Message[] = [];
  /** Sent, and not taken by the task yet. */
  #underway: Message[] = [];
  #granted = 0;

  /**
   * @returns when it is sent
   * @throws (rejects with) TroupeError `InvalidState` when the job ends before, and what it is refused with
   */
  push(value: unknown): Promise<void> {
    return new Promise((sent, failed) => {
      this.#waiting.push({ value, sent, failed });
      this.#pump();
    });
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

  /** A message cannot travel. */
  refused(value: unknown, error: Error): void {
    // The latest with this value: the others went through.
    const message = this.#underway.findLast((each) => Object.is(each.value, value));
    if (message === undefined) return;
    this.#underway.splice(this.#underway.indexOf(message), 1);
    message.failed(error);
  }

  /** The job has ended: what was not sent never will be. */
  end(task: string): void {
    this.#drop(() => unsent(task, 'ended before it had room for the message'));
  }

  /** The task turns out to be one that takes no messages. */
  dismiss(task: string): void {
    this.#drop(() => takesNoMessages(task));
  }

  #drop(why: () => Error): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { failed } of waiting) failed(why());
  }

  #pump(): void {
    while (this.#line !== undefined && this.#underway.length < INBOX_SIZE) {
      const message = this.#waiting.shift();
      if (message === undefined) return;
      this.#underway.push(message);
      this.#line.message(message.value);
      // Nothing comes of it where it was refused.
      message.sent();
    }
  }
}

export function takesNoMessages(task: string): TroupeError {
  return unsent(task, 'takes no messages: it has no second parameter');
}

function unsent(task: string, why: string): TroupeError {
  return new TroupeError('InvalidState', `task ${task} ${why}`, { details: { task } });
}
