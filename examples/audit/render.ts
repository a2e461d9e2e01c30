import picocolors from 'picocolors';
import { formatBytes, formatCount, formatPlural, printable, shorten } from './format.ts';
import type { Report } from './report.ts';
import type { Skipped } from './skipped.ts';
import { type Colours, type Column, drawTable } from './table.ts';

export interface RenderOptions {
  /** Rows of each table. */
  readonly top: number;
  readonly colour: boolean;
  /** Columns of the terminal; paths are shortened to fit. Infinity for none. */
  readonly width: number;
}

/** Draws sections of a report to fit one place. */
interface Pen {
  readonly colours: Colours;
  readonly top: number;
  /** A text from the tree that shares its line with `beside` columns. */
  text(text: string, beside: number): string;
}

/** The report for people: a summary, then one table for each aspect that has something to show. */
export function renderReport(report: Report, { top, colour, width }: RenderOptions): string {
  const colours = picocolors.createColors(colour);
  const pen: Pen = {
    colours,
    top,
    text: (text, beside) => shorten(printable(text), Math.max(20, width - beside)),
  };
  const sections = [
    summary(report, pen),
    packages(report, pen),
    licences(report, pen),
    largest(report, pen),
    duplicates(report, pen),
    reasons('Skipped', report.skipped, pen),
    reasons('Packages with a faulty package.json', report.problems, pen),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** "partial report over 12 of 340 files", or what stands for it while the files are being listed. */
export function describeCoverage({ coverage, totals }: Report): string {
  // A listed tree has one folder at least: the audited one.
  if (totals.directories === 0) return 'the files were not listed yet';
  const listed = formatPlural(coverage.listed, 'file');
  return `partial report over ${formatCount(coverage.inspected)} of ${listed}`;
}

function summary(report: Report, { colours, text }: Pen): string {
  const { totals } = report;
  const lines = [
    colours.bold(`Audit of ${text(report.root, 'Audit of '.length)}`),
    ...(report.partial ? [colours.yellow(`Interrupted: ${describeCoverage(report)}.`)] : []),
    `${formatPlural(totals.files, 'file')} in ${formatPlural(totals.directories, 'folder')}, ` +
      `${formatBytes(totals.bytes)} (${formatBytes(totals.gzip)} gzipped), ` +
      `${formatPlural(totals.lines, 'line')} of text`,
    `${formatPlural(totals.packages, 'package')}; ${formatCount(totals.binaryFiles)} binary and ` +
      `${formatPlural(totals.emptyFiles, 'empty file')}; ` +
      `${formatPlural(totals.symlinks, 'symbolic link')} not followed; ` +
      `${formatCount(totals.skipped)} skipped`,
  ];
  return lines.join('\n');
}

function packages({ packages: rows }: Report, pen: Pen): string {
  const columns: Column[] = [
    { head: 'package' },
    { head: 'version' },
    { head: 'licence' },
    { head: 'files', align: 'right' },
    { head: 'size', align: 'right' },
    { head: 'gzipped', align: 'right' },
  ];
  return section('Packages by size', rows, columns, pen, (row) => [
    pen.text(row.name, 70),
    pen.text(row.version ?? '-', 70),
    pen.text(row.licence, 70),
    formatCount(row.files),
    formatBytes(row.bytes),
    formatBytes(row.gzip),
  ]);
}

function licences({ licences: rows }: Report, pen: Pen): string {
  const columns: Column[] = [
    { head: 'licence' },
    { head: 'packages', align: 'right' },
    { head: 'size', align: 'right' },
  ];
  return section('Licences', rows, columns, pen, (row) => [
    pen.text(row.licence, 30),
    formatCount(row.packages),
    formatBytes(row.bytes),
  ]);
}

function largest({ largest: rows, totals }: Report, pen: Pen): string {
  const columns: Column[] = [
    { head: 'size', align: 'right' },
    { head: 'gzipped', align: 'right' },
    { head: 'lines', align: 'right' },
    { head: 'file' },
  ];
  const format = (row: Report['largest'][number]) => [
    formatBytes(row.bytes),
    formatBytes(row.gzip),
    row.lines === null ? 'binary' : formatCount(row.lines),
    pen.text(row.path, 40),
  ];
  return section('Largest files', rows, columns, pen, format, totals.files);
}

function duplicates({ duplicates: rows, totals }: Report, pen: Pen): string {
  const columns: Column[] = [
    { head: 'wasted', align: 'right' },
    { head: 'copies', align: 'right' },
    { head: 'of', align: 'right' },
    { head: 'first file' },
  ];
  const title = `Duplicate files: ${formatBytes(totals.wastedBytes)} wasted`;
  const format = (row: Report['duplicates'][number]) => [
    formatBytes(row.wasted),
    formatCount(row.copies),
    formatBytes(row.bytes),
    pen.text(row.paths[0] ?? '', 40),
  ];
  return section(title, rows, columns, pen, format, totals.duplicateGroups);
}

function reasons(title: string, rows: readonly Skipped[], pen: Pen): string {
  const columns: Column[] = [{ head: 'reason' }, { head: 'path' }];
  return section(title, rows, columns, pen, (row) => [
    pen.text(row.reason, 70),
    pen.text(row.path, 45),
  ]);
}

/** A titled table of the first `top` of `total` rows; empty where there are none. */
function section<Row>(
  title: string,
  rows: readonly Row[],
  columns: readonly Column[],
  pen: Pen,
  format: (row: Row) => string[],
  total: number = rows.length,
): string {
  if (rows.length === 0) return '';
  const shown = rows.slice(0, pen.top);
  const count = shown.length < total ? `${shown.length} of ${formatCount(total)}` : `${total}`;
  const heading = `${pen.colours.bold(title)} ${pen.colours.dim(`(${count})`)}`;
  return `${heading}\n${drawTable(columns, shown.map(format), pen.colours)}`;
}
