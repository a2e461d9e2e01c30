import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Heap } from '../../src/schedule/heap.ts';

interface Member {
  rank: number;
  place: number;
}

interface Both {
  readonly heap: Heap<Member>;
  readonly members: Member[];
}

interface Move {
  readonly move: 'add' | 'remove' | 'update';
  readonly rank: number;
  readonly which: number;
}

const moves = fc.array(
  fc.record({
    move: fc.constantFrom<Move['move'][]>('add', 'add', 'remove', 'update'),
    rank: fc.nat(20),
    which: fc.nat(50),
  }),
);

function play({ heap, members }: Both, { move, rank, which }: Move): void {
  if (move === 'add') {
    const member = { rank, place: -1 };
    members.push(member);
    heap.add(member);
    return;
  }
  const at = which % Math.max(members.length, 1);
  const member = members[at];
  if (member === undefined) return;
  if (move === 'remove') {
    members.splice(at, 1);
    heap.remove(member);
    expect(member.place).toBe(-1);
  } else {
    member.rank = rank;
    heap.update(member);
  }
}

/** The ranks of all members in the order in which they are first. */
function drain({ heap, members }: Both): number[] {
  return members.map(() => {
    const first = heap.first as Member;
    heap.remove(first);
    return first.rank;
  });
}

describe('Heap', () => {
  it('has the first of its members in front, whoever comes, goes or changes', () => {
    fc.assert(
      fc.property(moves, (list) => {
        const both: Both = { heap: new Heap((a, b) => a.rank < b.rank), members: [] };
        const ranks = () => both.members.map(({ rank }) => rank).sort((a, b) => a - b);
        for (const move of list) {
          play(both, move);
          expect(both.heap.size).toBe(both.members.length);
          expect(both.heap.first?.rank).toBe(ranks()[0]);
        }
        const sorted = ranks();
        expect(drain(both)).toEqual(sorted);
        expect(both.heap.first).toBe(undefined);
      }),
    );
  });
});
