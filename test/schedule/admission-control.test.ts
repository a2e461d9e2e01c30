import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdmissionControl, type Waiter } from '../../src/schedule/index.ts';

/** A control whose clock is `time.now`. */
function controlOf(limit: number, { maxWaiting = 100, aging = 0 } = {}) {
  const time = { now: 0 };
  const now = () => time.now;
  return { control: new AdmissionControl<string>({ limit, maxWaiting, aging, now }), time };
}

/** A control that has seen one leave in each `spacing` milliseconds, and is full. */
function busy(limit: number, spacing: number, maxWaiting?: number) {
  const { control, time } = controlOf(limit, { ...(maxWaiting !== undefined && { maxWaiting }) });
  while (control.enter());
  for (time.now = spacing; time.now <= 10_000; time.now += spacing) {
    control.leave();
    control.enter();
  }
  time.now = 10_000;
  return { control, time };
}

describe('AdmissionControl', () => {
  it('lets in as many as its limit, and another for each that leaves', () => {
    const { control } = controlOf(2);
    expect([control.enter(), control.enter(), control.enter()]).toEqual([true, true, false]);
    control.leave();
    expect([control.active, control.enter(), control.active]).toEqual([1, true, 2]);
  });

  it('has one more inside for as long as one stays whose place was taken', () => {
    const { control } = controlOf(1);
    control.enter();
    control.replace();
    expect(control.active).toBe(2);
    control.leave();
    expect([control.active, control.enter()]).toEqual([1, false]);
  });

  it('asks for no time while less than half is inside', () => {
    const now = () => {
      throw new Error('nobody should ask');
    };
    const control = new AdmissionControl({ limit: 10, maxWaiting: 0, now });
    for (let i = 0; i < 4; i++) control.enter();
    for (let i = 0; i < 4; i++) control.leave();
    expect(control.active).toBe(0);
  });
});

describe('one who is turned away', () => {
  it('is told a second as long as nothing is known', () => {
    const { control } = controlOf(1);
    control.enter();
    expect(control.retryAfter()).toBe(1_000);
  });

  it('is told when its place should be free by the rate at which they leave', () => {
    const { control, time } = busy(10, 10);
    expect(Array.from({ length: 4 }, () => control.retryAfter())).toEqual([10, 20, 30, 40]);
    // The fourth will come in ten milliseconds; and nobody has left for thirty.
    time.now += 30;
    const next = control.retryAfter();
    expect(next).toBeGreaterThanOrEqual(20);
    expect(next).toBeLessThanOrEqual(21);
  });

  it('is told no more than all need who are inside, and one millisecond at least', () => {
    const { control } = busy(10, 10);
    for (let i = 0; i < 50; i++) control.retryAfter();
    expect(control.retryAfter()).toBe(100);
    expect(busy(3, 0.25).control.retryAfter()).toBe(1);
  });

  it('is told more as nothing leaves any more, and never more than a minute', () => {
    const { control, time } = busy(10, 10);
    time.now = 12_000;
    const soon = control.retryAfter();
    time.now = 20_000;
    expect(soon).toBeGreaterThan(10);
    expect(control.retryAfter()).toBeGreaterThan(soon);
    time.now = 100_000;
    expect(control.retryAfter()).toBe(60_000);
  });

  it('is told nothing longer for a time in which nobody was inside', () => {
    const { control, time } = controlOf(1);
    for (time.now = 0; time.now < 5_000; time.now += 990) {
      control.enter();
      time.now += 10;
      control.leave();
    }
    control.enter();
    expect(control.retryAfter()).toBe(10);
  });

  it('is told the same however many left in the time that was measured', () => {
    const { control, time } = busy(100, 10);
    // Nobody asked for long: what has left meanwhile counts as of now.
    for (let i = 0; i < 4_000; i++) {
      time.now += 5;
      control.leave();
      control.enter();
    }
    expect(control.retryAfter()).toBe(6);
  });
});

describe('one who waits', () => {
  it('is let in when one has left, by priority and in order of arrival', () => {
    const { control } = controlOf(1);
    control.enter();
    control.wait('low', 0);
    control.wait('high', 5);
    control.wait('alike', 5);
    expect([control.waiting, control.next()]).toEqual([3, undefined]);
    control.leave();
    expect([control.next(), control.next()]).toEqual(['high', undefined]);
    control.leave();
    expect(control.next()).toBe('alike');
    control.leave();
    expect([control.next(), control.waiting]).toEqual(['low', 0]);
  });

  it('is not overtaken by one that comes when there is room', () => {
    const { control } = controlOf(1);
    control.enter();
    control.wait('first', 0);
    control.leave();
    expect(control.enter()).toBe(false);
    expect([control.next(), control.active]).toEqual(['first', 1]);
  });

  it('is let in before one that is more important and came so much later', () => {
    const { control, time } = controlOf(1, { aging: 100 });
    control.enter();
    control.wait('low', 0);
    time.now = 101;
    control.wait('high', 1);
    control.leave();
    expect(control.next()).toBe('low');
  });

  it('can be withdrawn, once, as long as it waits', () => {
    const { control } = controlOf(1);
    control.enter();
    const [a, b] = [control.wait('a', 0), control.wait('b', 0)] as [Waiter<string>, Waiter<string>];
    expect([control.withdraw(a), control.withdraw(a)]).toEqual([true, false]);
    control.leave();
    expect([control.next(), control.withdraw(b)]).toEqual(['b', false]);
  });

  it('is one of so many; one more is turned away and told of those before it', () => {
    const { control } = busy(10, 10, 2);
    const waiters = ['a', 'b', 'c'].map((item) => control.wait(item, 0)?.item);
    expect(waiters).toEqual(['a', 'b', undefined]);
    expect(control.retryAfter()).toBe(30);
  });

  it('is told of when all are taken out', () => {
    const { control } = controlOf(1);
    control.enter();
    control.wait('low', 0);
    control.wait('high', 1);
    expect(control.clear()).toEqual(['high', 'low']);
    expect([control.waiting, control.active]).toEqual([0, 1]);
  });
});

/** What a line and a count would do. */
interface Model {
  active: number;
  line: { id: string; priority: number; waiter: Waiter<string> }[];
  made: number;
}

const MOVES = {
  come(model: Model, control: AdmissionControl<string>, which: number) {
    if (control.enter()) {
      expect(model.line).toEqual([]);
      model.active++;
      return;
    }
    const id = String(model.made++);
    const priority = which % 3;
    const waiter = control.wait(id, priority);
    expect(waiter === undefined).toBe(model.line.length === 3);
    if (waiter !== undefined) model.line.push({ id, priority, waiter });
    model.line.sort((a, b) => b.priority - a.priority || Number(a.id) - Number(b.id));
  },
  leave(model: Model, control: AdmissionControl<string>) {
    if (model.active === 0) return;
    control.leave();
    model.active--;
  },
  next(model: Model, control: AdmissionControl<string>, limit: number) {
    const expected = model.active < limit ? model.line.shift()?.id : undefined;
    expect(control.next()).toBe(expected);
    if (expected !== undefined) model.active++;
  },
  withdraw(model: Model, control: AdmissionControl<string>, which: number) {
    const [gone] = model.line.splice(which % Math.max(model.line.length, 1), 1);
    if (gone !== undefined) expect(control.withdraw(gone.waiter)).toBe(true);
  },
};

it('never has more inside or in line than it may, and keeps to its order', () => {
  const move = fc.constantFrom<(keyof typeof MOVES)[]>('come', 'come', 'leave', 'next', 'withdraw');
  const moves = fc.array(fc.tuple(move, fc.nat(1_000)), { maxLength: 150 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), moves, (limit, list) => {
      const { control, time } = controlOf(limit, { maxWaiting: 3 });
      const model: Model = { active: 0, line: [], made: 0 };
      for (const [name, which] of list) {
        time.now += which % 7;
        MOVES[name](model, control, name === 'next' ? limit : which);
        expect([control.active, control.waiting]).toEqual([model.active, model.line.length]);
        expect(control.active).toBeLessThanOrEqual(limit);
        const retryAfter = control.retryAfter();
        expect(Number.isInteger(retryAfter) && retryAfter >= 1 && retryAfter <= 60_000).toBe(true);
      }
    }),
  );
});
