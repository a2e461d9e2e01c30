import { expect } from 'vitest';
import { type Plan, Progress, type Unit } from '../../src/pipeline/index.ts';
import { seededRandom } from '../../src/testing/index.ts';

/** A number that depends on all of the values. */
export function digest(...values: readonly unknown[]): number {
  let hash = 7;
  for (const char of JSON.stringify(values)) hash = (hash * 31 + char.charCodeAt(0)) | 0;
  return hash;
}

/** What the task of a step gives for an input. */
function perform(step: string, input: unknown): number {
  return digest(step, input);
}

/** All results, worked out one step at a time, in an order in which needs come first. */
export function naiveResults(plan: Plan, input: unknown): Record<string, unknown> {
  const results: Record<string, unknown> = {};
  for (const { name, needs, definition } of plan.steps) {
    const scope = {
      input,
      results: Object.fromEntries(needs.map((need) => [need, results[need]])),
    };
    const given = definition.input?.(scope) ?? (needs.length === 0 ? input : undefined);
    results[name] = definition.each
      ? (definition.each(scope) as unknown[]).map((item) => perform(name, item))
      : perform(name, given);
  }
  return results;
}

/** Drives a progress in a random order and checks at each move what may never be otherwise. */
export class Driver {
  readonly progress: Progress;
  readonly #random: () => number;
  readonly #plan: Plan;
  readonly #flying: Unit[] = [];
  readonly #taken = new Set<string>();
  readonly #begun = new Map<string, number>();
  readonly #settled = new Map<string, number>();
  readonly #completed = new Set<string>();

  constructor(plan: Plan, input: unknown, seed: number) {
    this.#plan = plan;
    this.progress = new Progress(plan, input);
    this.#random = seededRandom(seed).next;
  }

  run(): void {
    while (!this.progress.finished) {
      const moved = this.#move();
      this.#check();
      if (!moved) this.#expectMoveLeft();
    }
    expect(this.progress.takeReadyStep()).toBeUndefined();
    expect(this.progress.takeUnit()).toBeUndefined();
    expect(this.#flying).toEqual([]);
    expect(this.#completed.size).toBe(this.#plan.steps.length);
  }

  #move(): boolean {
    const dice = this.#random();
    if (dice < 0.3) return this.#begin();
    if (dice < 0.65) return this.#take();
    return this.#settle();
  }

  /** Whoever does everything that can be done must come to the end. */
  #expectMoveLeft(): void {
    const moved = this.#begin() || this.#take() || this.#settle();
    expect(moved, 'nothing is left to do, and it is not finished').toBe(true);
  }

  #begin(): boolean {
    const step = this.progress.takeReadyStep();
    if (step === undefined) {
      // Whatever has what it needs is ready, and has begun by now.
      for (const { name, needs } of this.#plan.steps) {
        const ready = needs.every((need) => this.#completed.has(need));
        expect(this.#begun.has(name)).toBe(ready);
      }
      return false;
    }
    expect(this.#begun.has(step.name)).toBe(false);
    for (const need of step.needs) expect(this.#completed).toContain(need);
    const count = this.progress.begin(step);
    this.#begun.set(step.name, count);
    this.#settled.set(step.name, 0);
    if (count === 0) this.#completed.add(step.name);
    return true;
  }

  #take(): boolean {
    const unit = this.progress.takeUnit();
    if (unit === undefined) {
      // Nobody may be kept waiting who has a task left and room for it.
      for (const { name, concurrency } of this.#plan.steps) {
        const left = (this.#begun.get(name) ?? 0) - this.#takenOf(name);
        if (left > 0) expect(this.#flyingOf(name)).toBe(concurrency);
      }
      return false;
    }
    const { name, fansOut, concurrency } = unit.step;
    const key = `${name}.${unit.index}`;
    expect(this.#taken.has(key), `${key} was taken before`).toBe(false);
    expect(unit.index >= 0).toBe(fansOut);
    this.#taken.add(key);
    this.#flying.push(unit);
    expect(this.#flyingOf(name)).toBeLessThanOrEqual(concurrency);
    return true;
  }

  #settle(): boolean {
    const at = Math.floor(this.#random() * this.#flying.length);
    const [unit] = this.#flying.splice(at, 1);
    if (unit === undefined) return false;
    const { name } = unit.step;
    const done = (this.#settled.get(name) ?? 0) + 1;
    this.#settled.set(name, done);
    const last = done === this.#begun.get(name);
    if (last) this.#completed.add(name);
    expect(this.progress.settle(unit, perform(name, unit.input))).toBe(last);
    return true;
  }

  #check(): void {
    expect(this.progress.inFlight).toBe(this.#flying.length);
    expect(this.progress.finished).toBe(this.#completed.size === this.#plan.steps.length);
    const expected = this.#plan.steps.map(({ name }) => ({
      name,
      status: this.#completed.has(name)
        ? 'completed'
        : this.#begun.has(name)
          ? 'running'
          : 'pending',
      done: this.#settled.get(name) ?? 0,
      total: this.#begun.get(name) ?? 0,
    }));
    expect(this.progress.steps()).toEqual(expected);
  }

  #flyingOf(name: string): number {
    return this.#flying.filter(({ step }) => step.name === name).length;
  }

  #takenOf(name: string): number {
    return this.#flyingOf(name) + (this.#settled.get(name) ?? 0);
  }
}
