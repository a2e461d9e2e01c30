import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bench } from '../../bench/harness/bench.ts';
import type { Scenario } from '../../bench/harness/scenario.ts';
import { fakeContestant, fakeScenario } from './fixtures/scenarios.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bench-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function run(argv: string[], scenarios: Scenario[] = [fakeScenario()], progress = false) {
  let out = '';
  let err = '';
  const exitCode = await bench(argv, scenarios, {
    writeOut: (text) => {
      out += text;
    },
    writeErr: (text) => {
      err += text;
    },
    color: false,
    progress,
    signal: new AbortController().signal,
  });
  return { exitCode, out, err };
}

describe('bench', { timeout: 30_000 }, () => {
  it('prints a table', async () => {
    const { exitCode, out, err } = await run(['--quick', '--rounds', '1', 'fake']);
    expect(exitCode).toBe(0);
    expect(out).toContain('ratio: 1.50× of the best peer, fast');
    expect(err).toBe('quick run: a trial, not a measurement\n');
  });

  it('prints one JSON line per scenario and nothing else', async () => {
    const { exitCode, out } = await run(['--quick', '--json', 'fake/large', 'fake']);
    expect(exitCode).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { scenario: 'fake/large', ratio: 1.5, quick: true, subject: { samples: [30, 30] } },
      { scenario: 'fake', ratio: 1.5, quick: true, subject: { samples: [30, 30] } },
    ]);
  });

  it('plays five rounds with an order that rotates', async () => {
    const log = join(folder, 'order');
    const scenario = fakeScenario({
      subject: fakeContestant('s', { log }),
      peers: [fakeContestant('p', { log }), fakeContestant('q', { log })],
    });
    const { out } = await run(['--json'], [scenario]);
    expect((await readFile(log, 'utf8')).replaceAll('\n', '')).toBe('spqpqsqspspqpqs');
    expect(JSON.parse(out).subject.samples).toHaveLength(5);
    expect(JSON.parse(out)).not.toHaveProperty('quick');
  });

  it('hands shared, variant and quick parameters to the contestants', async () => {
    const echo = fakeScenario({ subject: fakeContestant('subject', { fate: 'echo' }), peers: [] });
    const { out } = await run(['--json', 'fake/large'], [echo]);
    expect(JSON.parse(out).subject.settings).toEqual({ span: 20, size: 1_000 });
    const quick = await run(['--json', '--quick'], [echo]);
    expect(JSON.parse(quick.out).subject.settings).toEqual({ span: 2, size: 1 });
  });

  it('reports who crashes, prints rubbish or hangs, measures the others, and exits 1', async () => {
    const broken = fakeScenario({
      timeLimitMs: 3_000,
      peers: [
        fakeContestant('crashing', { fate: 'crash' }),
        fakeContestant('babbling', { fate: 'rubbish' }),
        fakeContestant('hanging', { fate: 'hang' }),
        fakeContestant('fine', { value: 10 }),
      ],
    });
    const after = fakeScenario({ name: 'after' });
    const { exitCode, out, err } = await run(['--quick', '--json'], [broken, after]);
    expect(exitCode).toBe(1);
    const [first, second] = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first.peers.map(({ name }: { name: string }) => name)).toEqual(['fine']);
    expect(first.ratio).toBe(3);
    expect(second).toMatchObject({ scenario: 'after', ratio: 1.5 });
    expect(err).toContain('fake: crashing failed: exited with code 1');
    expect(err).toContain('    Error: the fixture crashed on purpose');
    expect(err).toContain('fake: babbling failed: expected one JSON line');
    expect(err).toContain('fake: hanging failed: still running after 3000 ms');
  });

  it('skips a peer that is not installed, with a word', async () => {
    const scenario = fakeScenario({
      peers: [{ ...fakeContestant('absent'), version: null }, fakeContestant('present')],
    });
    const { exitCode, out, err } = await run(['--quick', '--json'], [scenario]);
    expect(exitCode).toBe(0);
    expect(err).toContain('fake: skipped absent, not installed');
    expect(JSON.parse(out).peers).toHaveLength(1);
  });

  it('reports progress on stderr when asked, or to a terminal', async () => {
    const line = 'fake  round 1/1  fast  20 things/s';
    const once = ['--quick', '--rounds', '1'];
    expect((await run(once)).err).not.toContain(line);
    expect((await run([...once, '--verbose'])).err).toContain(line);
    expect((await run(once, [fakeScenario()], true)).err).toContain(line);
  });

  it('exits 2 for a wrong flag, a wrong number and an unknown scenario, in one line each', async () => {
    for (const argv of [['--fast'], ['--rounds', '4'], ['nope']]) {
      const { exitCode, out, err } = await run(argv);
      expect(exitCode).toBe(2);
      expect(out).toBe('');
      expect(err).toMatch(/^error: [^\n]+\n$/);
    }
    expect((await run(['nope'])).err).toContain('fake, fake/small, fake/large');
  });

  it('lists scenarios and variants without running any', async () => {
    const { exitCode, out } = await run(['--list']);
    expect(exitCode).toBe(0);
    expect(out).toContain('fake/small');
    expect(out).toContain('fake/large');
  });

  it('returns 130 when interrupted', async () => {
    const hanging = fakeScenario({ subject: fakeContestant('subject', { fate: 'hang' }) });
    const controller = new AbortController();
    const running = bench([], [hanging], {
      writeOut: () => {},
      writeErr: () => {},
      color: false,
      progress: false,
      signal: controller.signal,
    });
    controller.abort();
    expect(await running).toBe(130);
  });
});
