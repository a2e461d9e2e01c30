import { describe, expect, it } from 'vitest';
import { type AnyActorRef, fromPromise, sendParent, setup } from 'xstate';
import { IGNORE, type StartChild } from '../../actors/child.ts';
import { actor } from '../../actors/child-start.ts';
import { SHUTDOWN } from '../../src/model/index.ts';
import { rejection } from '../support/rejection.ts';
import { Stage } from './supervision-stage.ts';

describe('supervision: what may be a child', () => {
  const machine = setup({}).createMachine({
    initial: 'on',
    states: { on: { on: { END: 'off' } }, off: { type: 'final' } },
  });

  it('is any actor logic: machines, promises, with input', async () => {
    const stage = new Stage();
    const promise = fromPromise<string, string>(async ({ input }) => input);
    const supervisor = await stage.started({
      children: [
        { id: 'machine', start: machine, restart: 'transient' },
        { id: 'promise', start: actor(promise, 'x'), restart: 'temporary' },
      ],
    });
    expect(supervisor.tree().children?.[0]).toMatchObject({ id: 'machine', status: 'on' });
    await stage.clock.advance(0);
    expect(supervisor.whichChildren().map(({ id }) => id)).toEqual(['machine']);
  });

  it('is a plain service, whose start may take its time and be aborted', async () => {
    const stage = new Stage();
    const log: string[] = [];
    const supervisor = await stage.started({
      children: [
        {
          id: 'server',
          start: {
            start: async (signal: AbortSignal) => {
              await Promise.resolve();
              log.push(`listening ${signal.aborted}`);
              return { stop: () => void log.push('closed') };
            },
          },
        },
      ],
    });
    supervisor.stop();
    await supervisor.ended;
    expect(log).toEqual(['listening false', 'closed']);
  });

  it('may have more to tell of its start', async () => {
    const stage = new Stage();
    const start: StartChild = ({ exited, args }) => ({
      ref: 'ref',
      info: { port: 80, args },
      stop: () => exited(SHUTDOWN),
      kill: () => exited(SHUTDOWN),
    });
    const supervisor = await stage.started();
    expect(await supervisor.startChild({ id: 'a', start })).toEqual({
      id: 'a',
      ref: 'ref',
      info: { port: 80, args: undefined },
    });
    const dynamic = await stage.started({ strategy: 'dynamic', children: [{ id: 'd', start }] });
    expect(await dynamic.startChild({ id: 'one', args: 5 })).toMatchObject({
      id: 'one',
      info: { args: 5 },
    });
  });

  it('may choose to be none', () => {
    expect(typeof IGNORE).toBe('symbol');
  });

  it('are no more than the limit of a dynamic supervisor', async () => {
    const stage = new Stage();
    const children = [stage.spec('d')];
    const supervisor = await stage.started({ strategy: 'dynamic', children, maxChildren: 2 });
    await supervisor.startChild();
    const second = await supervisor.startChild();
    await rejection(supervisor.startChild(), 'Overloaded');
    await supervisor.terminateChild(second.ref);
    await supervisor.startChild();
  });
});

describe('supervision: against odds', () => {
  it('hears no commands from its children', async () => {
    const stage = new Stage();
    const rude = setup({}).createMachine({
      on: { ASK: { actions: ['STOP', 'STOPPED', 'STARTED'].map((type) => sendParent({ type })) } },
    });
    const supervisor = await stage.started({ children: [{ id: 'rude', start: rude }] });
    const [{ ref }] = supervisor.whichChildren() as unknown as [{ ref: AnyActorRef }];
    ref.send({ type: 'ASK' });
    await stage.clock.advance(0);
    expect(supervisor.status).toBe('running');
    supervisor.stop();
    expect(await supervisor.ended).toEqual(SHUTDOWN);
  });
});
