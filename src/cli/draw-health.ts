import type { Health, HealthEntry, HealthResponse } from '../index.ts';
import { table } from './table.ts';

/** How a runtime does, and what each check found. */
export type FullHealth = Health & Pick<HealthResponse, 'checks'>;

/** The health as lines of text. */
export function drawHealth(health: FullHealth): string {
  const { status, state, ready, executions, zombies, deadLetters, error, checks } = health;
  const counts = `executions ${executions}, zombies ${zombies}, dead letters ${deadLetters}`;
  const rows = Object.entries(checks).flatMap(([name, entries]) =>
    entries.map((entry) => rowOf(name, entry)),
  );
  return [
    `${status}: ${state}, ${ready ? 'ready' : 'not ready'}; ${counts}`,
    ...(error === undefined ? [] : [oneLine(error.message)]),
    table(['check', 'of', 'status', 'observed', 'output'], rows),
  ].join('\n');
}

function rowOf(name: string, entry: HealthEntry): string[] {
  const { componentId = '', status, observedValue, observedUnit = '', output = '' } = entry;
  const value = typeof observedValue === 'string' ? observedValue : JSON.stringify(observedValue);
  const observed = [value, observedUnit].filter(Boolean).join(' ');
  return [name, componentId, status, observed, output].map(oneLine);
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
