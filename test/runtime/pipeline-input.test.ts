import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Schema } from '../../src/index.ts';
import { rejection } from '../support/rejection.ts';
import { definePipeline, simulate } from './simulated.ts';

const double = (x: unknown) => (x as number) * 2;

describe('input', () => {
  it('is checked by the pipeline’s schema, which may change it', async () => {
    const { runtime, steps } = await simulate({ double });
    const pipeline = definePipeline({
      id: 'p',
      input: z.object({ n: z.coerce.number() }),
      steps: { only: { task: steps.double, input: ({ input }) => input.n } },
      output: ({ results }) => results.only,
    });
    expect(await (await runtime.start(pipeline, { n: '21' })).result()).toBe(42);
    const throwing = definePipeline({
      id: 'q',
      input: {
        '~standard': {
          version: 1,
          vendor: 'test',
          validate: () => {
            throw new Error('bad schema');
          },
        },
      } as Schema<number>,
      steps: { only: { task: steps.double } },
    });
    expect((await rejection(runtime.start(throwing, 1), 'InvalidInput')).message).toContain(
      'bad schema',
    );
    const error = await rejection(runtime.start(pipeline, { n: 'x' }), 'InvalidInput');
    expect(error.message).toMatch(/^input of pipeline p: n: /);
    expect(await runtime.query.list()).toHaveLength(1);
  });

  it('is refused where the schema gives no result', async () => {
    const { runtime, steps } = await simulate({ double });
    const validate = () => undefined as never;
    const pipeline = definePipeline({
      id: 'p',
      input: { '~standard': { version: 1, vendor: 'test', validate } } as Schema<number>,
      steps: { only: { task: steps.double } },
    });
    const error = await rejection(runtime.start(pipeline, 1), 'InvalidInput');
    expect(error.message).toBe(
      'input of pipeline p: its schema must answer { value } or { issues }, but gave undefined',
    );
    expect(error.details).toEqual({ pipeline: 'p' });
  });

  it.each([
    [{ priority: 2_000 }, 'priority'],
    [{ priority: Number.NaN }, 'priority'],
    [{ timeout: 0 }, 'timeout'],
    [{ timeout: 2 ** 31 }, 'timeout'],
    [{ signal: {} as never }, 'signal'],
    [{ timeuot: 5 } as never, 'timeuot'],
    [null as never, 'options'],
  ])('refuses the start option %o', async (options, field) => {
    const { runtime } = await simulate({ double });
    const error = await rejection(runtime.run('steps.double', 1, options), 'InvalidOption');
    expect(error.details).toMatchObject({ field });
  });
});
