import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostKind, isRecalled, SharedSlot, WorkerKind } from '../../src/ipc/index.ts';
import { echo, SessionHost, turn } from './session-host.ts';

function recallFrom(host: SessionHost, job: number): void {
  host.shared.store(SharedSlot.recalled, job);
}

describe('a session whose jobs are recalled', () => {
  it('starts none of them, also when it has not read of it, and tells which when it has', async () => {
    const job = fc.integer({ min: 1, max: 20 });
    await fc.assert(
      fc.asyncProperty(job, job, async (count, first) => {
        const host = new SessionHost({ echo });
        recallFrom(host, first);
        const jobs = Array.from({ length: count }, (_, index) => index + 1);
        host.deliver(...jobs.map((each) => host.run(each, 'echo', each)));
        await turn();
        host.deliver([HostKind.revoke, Math.max(0, count - first + 1)]);
        const kept = jobs.filter((each) => each < first);
        expect(host.answers).toEqual(kept.map((each) => [each, each]));
        const revoked = host.sent.filter(([kind]) => kind === WorkerKind.revoked);
        expect(revoked).toEqual([[WorkerKind.revoked, jobs.filter((each) => each >= first)]]);
      }),
    );
  });

  it('sends each of them back once, those that it came to and those that it did not', () => {
    const host = new SessionHost({ wait: () => new Promise(() => {}) });
    host.deliver(...[1, 2, 3].map((job) => host.run(job, 'wait')));
    recallFrom(host, 2);
    host.deliver([HostKind.revoke, 2], [HostKind.revoke, 2]);
    expect(host.sent).toEqual([
      [WorkerKind.revoked, [2, 3]],
      [WorkerKind.revoked, []],
    ]);
  });

  it('starts what it is sent after the host has ended it', async () => {
    const host = new SessionHost({ echo });
    recallFrom(host, 1);
    host.deliver(host.run(1, 'echo', 'old'));
    await turn();
    host.deliver([HostKind.revoke, 1]);
    recallFrom(host, 0);
    host.deliver(host.run(2, 'echo', 'new'));
    expect(host.answers).toEqual([[2, 'new']]);
  });
});

describe('isRecalled', () => {
  it('is true from the first on, over the turn of the count, and never where nothing is', () => {
    expect([4, 5, 6].map((job) => isRecalled(job, 5))).toEqual([false, true, true]);
    expect(isRecalled(-(2 ** 31), 2 ** 31 - 1)).toBe(true);
    expect(isRecalled(2 ** 31 - 1, -(2 ** 31))).toBe(false);
    fc.assert(fc.property(fc.integer(), (job) => !isRecalled(job, 0)));
  });
});
