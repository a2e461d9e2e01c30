import { definePipeline, taskModule } from 'troupe';
import { DEFAULT_TOP } from './report.ts';

export const files = taskModule<typeof import('./files.ts')>(
  'files',
  new URL('./files.ts', import.meta.url),
);

/** List a folder's files, inspect them batch by batch on all threads, reduce to a report. */
export const audit = definePipeline({
  id: 'audit',
  steps: {
    list: { task: files.list, input: ({ input }) => input },
    inspect: {
      task: files.inspect,
      needs: ['list'],
      each: ({ results }) => results.list.batches,
    },
    report: {
      task: files.report,
      needs: ['list', 'inspect'],
      input: ({ input, results }) => ({
        tree: results.list.tree,
        findings: results.inspect,
        top: input.top ?? DEFAULT_TOP,
      }),
    },
  },
  output: ({ results }) => results.report,
});
