import { describe, expect, it } from 'vitest';
import { orderOfRound, playRounds } from '../../bench/harness/rounds.ts';
import type { Outcome } from '../../bench/harness/run-contestant.ts';
import { fakeContestant } from './fixtures/scenarios.ts';

const contestants = ['a', 'b', 'c'].map((name) => fakeContestant(name));
const failed: Outcome = { ok: false, reason: 'exited with code 1', stderr: 'boom' };

function answered(value: number): Outcome {
  return { ok: true, answer: { value } };
}

describe('orderOfRound', () => {
  it('begins with another one each round', () => {
    const orders = [0, 1, 2, 3].map((round) => orderOfRound(['a', 'b', 'c'], round).join(''));
    expect(orders).toEqual(['abc', 'bca', 'cab', 'abc']);
  });

  it('of nobody is empty', () => {
    expect(orderOfRound([], 3)).toEqual([]);
  });
});

describe('playRounds', () => {
  it('alternates: each plays once a round, in the order of that round', async () => {
    const turns: string[] = [];
    await playRounds(contestants, 3, async ({ contestant, round }) => {
      turns.push(`${round}${contestant.name}`);
      return answered(1);
    });
    expect(turns.join(' ')).toBe('1a 1b 1c 2b 2c 2a 3c 3a 3b');
  });

  it('never plays two at a time', async () => {
    let playing = 0;
    await playRounds(contestants, 2, async () => {
      playing += 1;
      expect(playing).toBe(1);
      await Promise.resolve();
      playing -= 1;
      return answered(1);
    });
  });

  it('collects the samples of each in the order of rounds', async () => {
    const { played, failures } = await playRounds(contestants, 2, async ({ contestant, round }) =>
      answered(contestant.name.charCodeAt(0) * 10 + round),
    );
    expect(played.map(({ samples }) => samples)).toEqual([
      [971, 972],
      [981, 982],
      [991, 992],
    ]);
    expect(failures).toEqual([]);
  });

  it('lets the settings that a contestant reports win over the declared ones', async () => {
    const { played } = await playRounds(contestants.slice(0, 1), 1, async () => ({
      ok: true,
      answer: { value: 1, settings: { window: 256 } },
    }));
    expect(played[0]?.settings).toEqual({ window: 256 });
  });

  it('drops who fails, once and for all, and goes on with the others', async () => {
    const turns: string[] = [];
    const { played, failures } = await playRounds(contestants, 3, async ({ contestant, round }) => {
      turns.push(`${round}${contestant.name}`);
      return contestant.name === 'b' && round === 2 ? failed : answered(1);
    });
    expect(turns.join(' ')).toBe('1a 1b 1c 2b 2c 2a 3a 3c');
    expect(played.map(({ contestant }) => contestant.name)).toEqual(['a', 'c']);
    expect(failures).toEqual([{ name: 'b', reason: 'exited with code 1', stderr: 'boom' }]);
  });
});
