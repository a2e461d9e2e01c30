import { describe, expect, it } from 'vitest';
import type { StartChild } from '../../actors/child.ts';
import { SHUTDOWN } from '../../src/model/index.ts';
import { Stage } from './supervision-stage.ts';

/** What stands for the instances of a dynamic supervisor may be anything. */

const KINDS: readonly (readonly [what: string, made: () => unknown])[] = [
  ['an object', () => ({})],
  ['a frozen object', () => Object.freeze({})],
  ['an object without a prototype', () => Object.create(null)],
  ['a Proxy', () => new Proxy({}, {})],
  ['a function', () => () => {}],
  ['a number', () => 7],
];

function standingFor(made: () => unknown): StartChild {
  return ({ exited }) => ({
    ref: made(),
    stop: () => exited(SHUTDOWN),
    kill: () => exited({ kind: 'killed' }),
  });
}

describe.each(KINDS)('%s that stands for an instance', (_, made) => {
  async function two() {
    const stage = new Stage();
    const options = {
      strategy: 'dynamic',
      children: [{ id: 'x', start: standingFor(made) }],
    } as const;
    const supervisor = await stage.started(options);
    const other = stage.supervisor(options, 'other');
    await other.start();
    return { supervisor, other };
  }

  it('finds it, until that has ended, and shows nothing of it', async () => {
    const { supervisor } = await two();
    const { ref } = await supervisor.startChild();
    expect(Reflect.ownKeys(Object(ref))).toEqual(Reflect.ownKeys(Object(made())));
    expect(supervisor.countChildren().active).toBe(1);
    await supervisor.terminateChild(ref);
    expect(supervisor.countChildren().active).toBe(0);
  });

  it('is another supervisor’s nothing', async () => {
    const { supervisor, other } = await two();
    const { ref } = await supervisor.startChild();
    await expect(other.terminateChild(ref)).rejects.toMatchObject({ code: 'ChildNotFound' });
    expect(supervisor.countChildren().active).toBe(1);
  });
});

it('one object may stand for one instance after the other', async () => {
  const stage = new Stage();
  const ref = {};
  const children = [{ id: 'x', start: standingFor(() => ref) }];
  const supervisor = await stage.started({ strategy: 'dynamic', children });
  for (let life = 0; life < 3; life++) {
    await supervisor.startChild();
    expect(supervisor.countChildren().active).toBe(1);
    await supervisor.terminateChild(ref);
    // It has ended already.
    await supervisor.terminateChild(ref);
    expect(supervisor.countChildren().active).toBe(0);
  }
});
