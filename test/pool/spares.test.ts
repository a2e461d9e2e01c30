import { describe, expect, it } from 'vitest';
import type { ExitReason } from '../../src/model/index.ts';
import type { Carried, Carrier, SessionSettings } from '../../src/pool/carrier.ts';
import { Spares } from '../../src/pool/spares.ts';

const SETTINGS: SessionSettings = { modules: [], concurrency: 1 };

function stage() {
  const log: string[] = [];
  const ends: ((reason: ExitReason | undefined) => void)[] = [];
  const carrier: Carrier = {
    open: (_, ended) => {
      const number = ends.push(ended);
      log.push(`open ${number}`);
      return { number, kill: () => void log.push(`kill ${number}`) } as unknown as Carried;
    },
    zombies: 0,
    destroy: async () => {},
  };
  const spares = new Spares(carrier);
  const told: (ExitReason | undefined)[] = [];
  const open = () => {
    const { number } = spares.open(SETTINGS, (reason) => told.push(reason)) as never;
    return number as number;
  };
  return { log, ends, spares, told, open };
}

describe('places that are opened ahead', () => {
  it('are taken when one is needed, and their ends are told of', () => {
    const { log, ends, spares, told, open } = stage();
    spares.prepare(SETTINGS);
    expect(open()).toBe(1);
    expect(open()).toBe(2);
    expect(log).toEqual(['open 1', 'open 2']);
    ends[0]?.({ kind: 'exited' });
    expect(told).toEqual([{ kind: 'exited' }]);
  });

  it('end when they are not needed after all', () => {
    const { log, spares, open } = stage();
    spares.prepare(SETTINGS);
    spares.prepare(SETTINGS);
    spares.standDown();
    expect(open()).toBe(2);
    spares.standDown();
    expect(log).toEqual(['open 1', 'open 2', 'kill 1']);
  });

  it('are no good when they have ended by themselves', () => {
    const { ends, spares, told, open } = stage();
    spares.prepare(SETTINGS);
    ends[0]?.({ kind: 'error' });
    expect(open()).toBe(2);
    expect(told).toEqual([]);
  });

  it('have ended when they cannot be opened', async () => {
    const error = new Error('no more of them');
    const carrier: Carrier = {
      open() {
        throw error;
      },
      zombies: 0,
      destroy: async () => {},
    };
    const spares = new Spares(carrier);
    spares.prepare(SETTINGS);
    const ended = new Promise((resolve) => {
      const { transport, kill } = spares.open(SETTINGS, resolve);
      transport.flush();
      kill();
    });
    expect(await ended).toEqual({ kind: 'handshake_failed', error });
  });
});
