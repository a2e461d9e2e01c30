import { expect, test } from 'vitest';
import { drawTree } from '../../src/cli/draw-tree.ts';
import type { SupervisionNode } from '../../src/index.ts';

const node = (id: string, children?: SupervisionNode[], restarts = 0): SupervisionNode => ({
  id,
  type: children ? 'supervisor' : 'worker',
  status: 'running',
  restarts,
  ...(children && { children }),
});

test('draws every node below its parent, with its status and restarts', () => {
  const pool = node('pool', [node('worker-1', undefined, 2), node('worker-2')]);
  const tree = node('runtime', [node('journal'), pool, node('executions', [])]);
  expect(drawTree(tree).split('\n')).toEqual([
    'runtime  running',
    '├─ journal  running',
    '├─ pool  running',
    '│  ├─ worker-1  running  restarts: 2',
    '│  └─ worker-2  running',
    '└─ executions  running',
  ]);
});

test('counts what would be too much to draw', () => {
  const many = Array.from({ length: 1_000 }, (_, index) => node(String(index)));
  const lines = drawTree(node('executions', many)).split('\n');
  expect(lines).toHaveLength(52);
  expect(lines.at(-1)).toBe('└─ … and 950 more');
});
