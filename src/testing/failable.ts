import { taskModule } from '../model/index.ts';

/** The failable task as a module for `createRuntime`: `runtime.run(failable.failable, { fate: 'exit' })`. */
export const failable = taskModule<typeof import('./failable-tasks.ts')>(
  'failable',
  new URL(
    import.meta.url.endsWith('.ts') ? './failable-tasks.ts' : './failable-tasks.js',
    import.meta.url,
  ),
);
