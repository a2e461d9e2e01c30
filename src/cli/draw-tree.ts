import type { SupervisionNode } from '../index.ts';

/** More children than this are counted, not drawn: a tree may hold 100,000 executions. */
const MAX_CHILDREN = 50;

/** The supervision tree as lines of text. */
export function drawTree(node: SupervisionNode): string {
  return [label(node), ...branches(node)].join('\n');
}

function branches({ children = [] }: SupervisionNode): string[] {
  const shown = children.slice(0, MAX_CHILDREN);
  const hidden = children.length - shown.length;
  const lines = shown.flatMap((child, index) => {
    const last = hidden === 0 && index === shown.length - 1;
    const inner = branches(child).map((line) => `${last ? '   ' : '│  '}${line}`);
    return [`${last ? '└─' : '├─'} ${label(child)}`, ...inner];
  });
  return hidden === 0 ? lines : [...lines, `└─ … and ${hidden} more`];
}

function label({ id, status, restarts }: SupervisionNode): string {
  return restarts === 0 ? `${id}  ${status}` : `${id}  ${status}  restarts: ${restarts}`;
}
