import { describe, expect, it } from 'vitest';
import type { ExecutionRun } from '../../actors/index.ts';
import type { Outcome } from '../../machines/index.ts';
import { TroupeError } from '../../src/model/index.ts';
import type { Execution } from '../../src/runtime/index.ts';
import { StreamReader } from '../../src/runtime/task-stream.ts';
import { gate } from '../support/gate.ts';

const DONE = { done: true, value: undefined };
const cancelled: Outcome = {
  status: 'cancelled',
  error: new TroupeError('ExecutionCancelled', 'its reader left the stream'),
};

/** Lets the event loop turn once: whatever was about to settle has done so. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** A reader of a run that does what it is told, when it is told. */
function streamed(ahead = 4) {
  const reader = new StreamReader(ahead);
  const granted: number[] = [];
  const cancels: string[] = [];
  const recorded = gate();
  const listeners: ((outcome: Outcome) => void)[] = [];
  let outcome: Outcome | undefined;
  const run = {
    grant: (pieces: number) => granted.push(pieces),
    cancel: (reason: string) => {
      cancels.push(reason);
      return recorded.passed;
    },
    onEnd: (listener: (outcome: Outcome) => void) => {
      if (outcome === undefined) listeners.push(listener);
      else listener(outcome);
    },
  };
  reader.follow(run as unknown as ExecutionRun, {} as Execution);
  const end = (how: Outcome) => {
    outcome = how;
    for (const listener of listeners.splice(0)) listener(how);
  };
  return { reader, granted, cancels, recorded, end };
}

describe('a reader that leaves', () => {
  it('is told at once that the stream is over, however many pieces it waits for', async () => {
    const { reader } = streamed();
    const waiting = [reader.next(), reader.next()];
    void reader.return();
    expect(await Promise.all(waiting)).toEqual([DONE, DONE]);
    expect(await reader.next()).toEqual(DONE);
  });

  it('gets nothing of what had come, nor of what comes while its task ends', async () => {
    const { reader, recorded, granted, end } = streamed();
    reader.piece('before');
    const left = reader.return();
    reader.piece('while the cancel is recorded');
    expect(await reader.next()).toEqual(DONE);
    recorded.open();
    await turn();
    reader.piece('while the task ends');
    expect(await reader.next()).toEqual(DONE);
    end(cancelled);
    expect(await left).toEqual(DONE);
    expect(await reader.next()).toEqual(DONE);
    expect(granted).toEqual([4]);
  });

  it('waits for the end of the task, and may leave twice', async () => {
    const { reader, recorded, cancels, end } = streamed();
    const ends: string[] = [];
    const first = reader.return().then(() => ends.push('first'));
    const second = reader.return().then(() => ends.push('second'));
    recorded.open();
    await turn();
    expect(ends).toEqual([]);
    end(cancelled);
    await Promise.all([first, second]);
    expect(await reader.return()).toEqual(DONE);
    expect(new Set(cancels)).toEqual(new Set(['its reader left the stream']));
  });

  it('is not told how the task failed, before it left or after', async () => {
    const failed: Outcome = { status: 'failed', error: new TroupeError('TaskFailed', 'broken') };
    const early = streamed();
    early.end(failed);
    early.recorded.open();
    expect(await early.reader.return()).toEqual(DONE);
    expect(await early.reader.next()).toEqual(DONE);
    const late = streamed();
    const left = late.reader.return();
    late.end(failed);
    late.recorded.open();
    expect(await left).toEqual(DONE);
    expect(await late.reader.next()).toEqual(DONE);
  });
});

describe('a reader that stays', () => {
  it('is told of the end that it did not ask for, once', async () => {
    const { reader, end } = streamed();
    reader.piece(1);
    end(cancelled);
    expect(await reader.next()).toEqual({ done: false, value: 1 });
    await expect(reader.next()).rejects.toBe(cancelled.error);
    expect(await reader.next()).toEqual(DONE);
  });
});
