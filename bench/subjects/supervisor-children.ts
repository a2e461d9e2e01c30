import { type StartChild, Supervisor } from '../../actors/index.ts';
import { SHUTDOWN } from '../../src/model/index.ts';
import { contest } from '../harness/contest.ts';
import { microsecondsEach, type RepeatWindow, repeat } from '../harness/repeat.ts';
import type { ContestParameters } from '../harness/scenario.ts';
import { clock } from './engine.ts';

type Parameters = RepeatWindow & {
  readonly children: number;
  readonly strategy: 'one_for_one' | 'dynamic';
};

/** A child that does nothing but start and stop. */
const quiet: StartChild = ({ exited }) => ({
  stop: () => exited(SHUTDOWN),
  kill: () => exited({ kind: 'killed' }),
});

await contest<ContestParameters<object> & Parameters>(async (parameters) => {
  const { children: count, strategy, ...window } = parameters;
  const environment = { clock, random: { next: Math.random }, sink: { publish() {} } };
  const children = strategy === 'dynamic' ? [{ id: 'child', start: quiet }] : [];
  const repeated = await repeat(async () => {
    const supervisor = new Supervisor({ id: 'children', strategy, children, ...environment });
    await supervisor.start();
    const refs: unknown[] = [];
    for (let i = 0; i < count; i++) {
      const own = strategy === 'dynamic' ? {} : { start: quiet };
      const { id, ref } = await supervisor.startChild({ id: `child-${i}`, ...own });
      refs.push(strategy === 'dynamic' ? ref : id);
    }
    check(supervisor, count);
    // Half end one by one, the other half with their supervisor.
    for (let i = 0; i < count; i += 2) await supervisor.terminateChild(refs[i]);
    check(supervisor, count / 2);
    supervisor.stop();
    await supervisor.ended;
    check(supervisor, 0);
    return count;
  }, window);
  return { value: microsecondsEach(repeated) };
});

function check(supervisor: Supervisor, expected: number): void {
  const { active } = supervisor.countChildren();
  if (active !== expected) throw new Error(`${active} children run, expected ${expected}`);
}
