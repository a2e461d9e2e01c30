import { describe, expect, it } from 'vitest';
import * as machines from '../../machines/index.ts';
import { compile } from '../../src/statechart/index.ts';

describe("the project's own machines", () => {
  it.each(Object.entries(machines))('%s keeps its states when it is compiled', (_name, machine) => {
    const compiled = compile(machine as typeof machines.executionMachine);
    expect(Object.keys(compiled.states)).toEqual(Object.keys(machine.states));
    expect(compiled.events).toEqual(machine.events);
    expect(compile(compiled)).toBe(compiled);
  });
});
