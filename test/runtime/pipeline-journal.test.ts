import { describe, expect, it } from 'vitest';
import { type ExecutionEvent, MemoryJournal, type RuntimeEvent } from '../../src/index.ts';
import { rejection } from '../support/rejection.ts';
import { collect, definePipeline, simulate } from './simulated.ts';

const double = (x: unknown) => (x as number) * 2;

describe('a journal that takes its time', () => {
  class SlowJournal extends MemoryJournal {
    readonly confirm: (() => void)[] = [];

    override append(events: readonly ExecutionEvent[]): Promise<void> {
      return new Promise<void>((resolve) => {
        this.confirm.push(() => {
          super.append(events);
          resolve();
        });
      }) as never;
    }
  }

  it('is waited for before anybody is told and before the next step begins', async () => {
    const journal = new SlowJournal();
    let second = false;
    const { runtime, steps, clock } = await simulate(
      {
        one: () => 1,
        two: () => {
          second = true;
        },
      },
      { journal },
    );
    const told: RuntimeEvent[] = [];
    runtime.subscribe((event) => told.push(event));
    const pipeline = definePipeline({
      id: 'p',
      steps: { a: { task: steps.one }, b: { task: steps.two, needs: ['a'] } },
    });
    let accepted = false;
    const start = runtime.start(pipeline, undefined).then((execution) => {
      accepted = true;
      return execution;
    });
    await clock.advance(0);
    expect([accepted, told]).toEqual([false, []]);
    const confirmNext = async () => {
      journal.confirm.shift()?.();
      await clock.advance(0);
    };
    await confirmNext();
    expect(accepted).toBe(true);
    const execution = await start;
    await confirmNext();
    expect(told.map(({ type }) => type)).toEqual(['execution.started', 'step.started']);
    expect(second).toBe(false);
    while (journal.confirm.length > 0) await confirmNext();
    expect(second).toBe(true);
    expect(await execution.result()).toMatchObject({ a: 1 });
    const events = await collect(execution.events());
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, i) => i + 1));
  });

  it('that refuses the acceptance refuses the start', async () => {
    const journal = new (class extends MemoryJournal {
      override append(): never {
        throw new Error('disk full');
      }
    })();
    const { runtime } = await simulate({ double }, { journal });
    await expect(runtime.run('steps.double', 1)).rejects.toThrow('disk full');
    expect(runtime.query.health().executions).toBe(0);
  });

  it('that refuses a result fails the execution, and nothing is pretended', async () => {
    let left = 2;
    const journal = new (class extends MemoryJournal {
      override append(events: readonly ExecutionEvent[]): void {
        if (left-- <= 0) throw new Error('disk full');
        super.append(events);
      }
    })();
    const { runtime } = await simulate({ double }, { journal });
    const told: string[] = [];
    runtime.subscribe(({ type }) => told.push(type));
    const error = await rejection(runtime.run('steps.double', 1), 'JournalFailed');
    expect(error.message).toContain('disk full');
    expect(told).toEqual(['execution.started', 'step.started']);
  });
});
