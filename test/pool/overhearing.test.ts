import { expect, it } from 'vitest';
import { Overhearing } from '../../src/pool/overhearing.ts';
import type { SessionLink } from '../../src/pool/session-link.ts';
import { VirtualClock } from '../../src/testing/index.ts';

/** A look every 25 ms at links that owe so much and show so much. */
function scene(...links: { inFlight: number; shown: number }[]) {
  const clock = new VirtualClock();
  let heard = 0;
  const looked: number[] = [];
  const set = new Set<SessionLink>();
  for (const [index, link] of links.entries()) {
    const overhear = () => {
      looked.push(index);
      if (link.shown === 0) return false;
      link.inFlight -= link.shown;
      link.shown = 0;
      return true;
    };
    const fake = {
      get inFlight() {
        return link.inFlight;
      },
      overhear,
    };
    set.add(fake as unknown as SessionLink);
  }
  const overhearing = new Overhearing(clock, set, () => heard++);
  return { clock, overhearing, looked, heard: () => heard };
}

it('looks at all workers while one of them owes something, and no longer', async () => {
  const link = { inFlight: 2, shown: 1 };
  const { clock, overhearing, looked, heard } = scene(link, { inFlight: 0, shown: 0 });
  overhearing.watch();
  overhearing.watch();
  await clock.advance(24);
  expect(looked).toEqual([]);
  await clock.advance(1);
  expect([looked, heard(), link.inFlight]).toEqual([[0, 1], 1, 1]);
  await clock.advance(25);
  expect([looked.length, heard()]).toEqual([4, 1]);
  link.inFlight = 0;
  await clock.advance(1_000);
  expect([looked.length, clock.pending]).toEqual([6, 0]);
});

it('does not look where nothing is owed', () => {
  const { clock, overhearing } = scene({ inFlight: 0, shown: 0 });
  overhearing.watch();
  expect(clock.pending).toBe(0);
});

it('does not look any more once it was stopped', async () => {
  const { clock, overhearing, looked } = scene({ inFlight: 1, shown: 1 });
  overhearing.watch();
  overhearing.stop();
  await clock.advance(100);
  expect([looked, clock.pending]).toEqual([[], 0]);
});
