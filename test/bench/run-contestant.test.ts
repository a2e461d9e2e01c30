import { describe, expect, it } from 'vitest';
import { runContestant } from '../../bench/harness/run-contestant.ts';
import type { JsonObject } from '../../bench/harness/scenario.ts';

const never = new AbortController().signal;

function run(settings: JsonObject, { timeLimitMs = 30_000, signal = never } = {}) {
  return runContestant({
    file: new URL('./fixtures/contestant.mjs', import.meta.url),
    parameters: { size: 3, settings },
    timeLimitMs,
    signal,
  });
}

describe('runContestant', { timeout: 30_000 }, () => {
  it('brings back the value', async () => {
    expect(await run({ fate: 'answer', value: 42 })).toEqual({ ok: true, answer: { value: 42 } });
  });

  it('hands over the parameters', async () => {
    expect(await run({ fate: 'echo' })).toEqual({
      ok: true,
      answer: { value: 1, settings: { size: 3 } },
    });
  });

  it('reports a crash with what it wrote to stderr', async () => {
    const outcome = await run({ fate: 'crash' });
    expect(outcome).toMatchObject({ ok: false, reason: 'exited with code 1' });
    expect(outcome).toHaveProperty(
      'stderr',
      expect.stringContaining('the fixture crashed on purpose'),
    );
  });

  it('reports a death by signal', async () => {
    expect(await run({ fate: 'kill' })).toMatchObject({ ok: false, reason: 'killed by SIGTERM' });
  });

  it('reports rubbish and silence', async () => {
    expect(await run({ fate: 'rubbish' })).toHaveProperty(
      'reason',
      expect.stringContaining('expected one JSON line'),
    );
    expect(await run({ fate: 'silence' })).toHaveProperty(
      'reason',
      expect.stringContaining('got nothing'),
    );
  });

  it('kills what is still running at its time limit', async () => {
    expect(await run({ fate: 'hang' }, { timeLimitMs: 150 })).toMatchObject({
      ok: false,
      reason: 'still running after 150 ms',
    });
  });

  it('ends the process and rejects when aborted', async () => {
    const controller = new AbortController();
    const running = run({ fate: 'hang' }, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
  });

  it('starts nothing once aborted', async () => {
    await expect(run({ fate: 'hang' }, { signal: AbortSignal.abort() })).rejects.toThrow();
  });
});
