import Table from 'cli-table3';
import type picocolors from 'picocolors';

export type Colours = ReturnType<typeof picocolors.createColors>;

export interface Column {
  readonly head: string;
  /** @default left */
  readonly align?: 'right';
}

/** A table without any lines, so that what is copied or piped from it is clean. */
const BARE = Object.fromEntries(
  ['top', 'bottom', 'mid', 'left', 'right'].flatMap((side) =>
    ['', '-mid', '-left', '-right'].map((join) => [`${side}${join}`, '']),
  ),
);

export function drawTable(columns: readonly Column[], rows: string[][], colours: Colours): string {
  const table = new Table({
    head: columns.map(({ head }) => colours.dim(head)),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    chars: { ...BARE, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  table.push(...rows);
  return table.toString().replace(/ +$/gm, '');
}
