import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Compilation, compile } from '../../bench/harness/compile.ts';
import { runContestant } from '../../bench/harness/run-contestant.ts';
import { scenarios } from '../../bench/scenarios/index.ts';

const signal = new AbortController().signal;
const turns = scenarios.flatMap((scenario) =>
  scenario.variants.map(
    (variant) => [`${scenario.name}/${variant.name}`, scenario, variant] as const,
  ),
);
let compilation: Compilation;

beforeAll(async () => {
  compilation = await compile(
    scenarios.map(({ subject }) => subject.file),
    signal,
  );
}, 120_000);

afterAll(() => compilation.dispose());

describe('the subject', () => {
  it.each(turns)(
    'plays %s',
    async (_, scenario, variant) => {
      const { subject, parameters, quickParameters, timeLimitMs } = scenario;
      const outcome = await runContestant({
        file: compilation.compiled(subject.file),
        parameters: {
          ...parameters,
          ...variant.parameters,
          ...quickParameters,
          settings: subject.settings,
        },
        timeLimitMs,
        signal,
      });
      expect(outcome).toMatchObject({ ok: true, answer: { value: expect.any(Number) } });
    },
    60_000,
  );
});
