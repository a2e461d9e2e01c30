import type { TroupeError } from '../src/model/index.ts';

/** How the start of a child went. */
export type Started =
  | { readonly kind: 'started'; readonly ref: unknown; readonly info: unknown }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'failed'; readonly error: TroupeError }
  /** It was no longer wanted before it was through. */
  | { readonly kind: 'abandoned' };
