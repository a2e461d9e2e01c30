/** What people read: a table, the ratio, and the settings behind the names. */

import Table from 'cli-table3';
import pc from 'picocolors';
import { ratio } from './compare.ts';
import type { Result, Standing } from './result.ts';
import type { JsonObject, JsonValue } from './scenario.ts';
import { higherIsBetter, unitOf } from './select.ts';

const HEAD = ['contestant', 'version', 'median', 'min – max', 'subject is'];

export function renderResult(result: Result, color: boolean): string {
  const colors = pc.createColors(color);
  const { label } = result.selection;
  const direction = higherIsBetter(result.selection) ? 'higher is better' : 'lower is better';
  const lines = [
    `${colors.bold(label)}  ${unitOf(result.selection)}, ${direction}; ` +
      `medians of ${result.rounds} alternating rounds; node ${result.node}`,
    ...(result.quick ? [colors.yellow('quick run: a trial, not a measurement')] : []),
    renderStandings(result, colors.bold),
    renderVerdict(result),
    ...result.skipped.map((name) => `skipped: ${name} is not installed`),
    ...result.failures.map(({ name, reason }) => colors.red(`failed: ${name} ${reason}`)),
    ...renderSettings(result).map((line) => colors.dim(line)),
  ];
  return `${lines.join('\n')}\n`;
}

/** Grouped thousands for large values, three significant digits for small ones. */
export function formatValue(value: number): string {
  const format: Intl.NumberFormatOptions =
    value >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 };
  return value.toLocaleString('en-US', format);
}

function formatRatio(value: number): string {
  return `${value.toFixed(2)}×`;
}

function renderStandings(result: Result, emphasize: (text: string) => string): string {
  const table = new Table({
    head: HEAD,
    colAligns: ['left', 'left', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  if (result.subject) table.push(row(result.subject, result).map((cell) => emphasize(cell)));
  for (const peer of result.peers) table.push(row(peer, result));
  return table.toString();
}

function row(standing: Standing, { subject, selection }: Result): string[] {
  const against =
    subject && standing !== subject
      ? formatRatio(ratio(subject.median, standing.median, higherIsBetter(selection)))
      : '';
  return [
    standing.name,
    standing.version ?? '',
    formatValue(standing.median),
    `${formatValue(standing.min)} – ${formatValue(standing.max)}`,
    against,
  ];
}

function renderVerdict({ subject, bestPeer, ratio: verdict }: Result): string {
  if (!subject) return 'ratio: none, the subject has no result';
  if (!bestPeer || verdict === null) return 'ratio: none, no peer has a result';
  return `ratio: ${formatRatio(verdict)} of the best peer, ${bestPeer.name} (above 1 is better)`;
}

function renderSettings({ subject, peers }: Result): string[] {
  return [...(subject ? [subject] : []), ...peers].map(
    ({ name, settings }) => `  ${name}: ${formatSettings(settings)}`,
  );
}

function formatSettings(settings: JsonObject): string {
  const entries = Object.entries(settings);
  if (entries.length === 0) return 'defaults';
  return entries.map(([key, value]) => `${key} ${formatSetting(value)}`).join(', ');
}

function formatSetting(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
