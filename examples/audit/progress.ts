import cliProgress, { type Options, type Params } from 'cli-progress';
import type { Advance } from './collection.ts';
import { formatBytes, formatCount } from './format.ts';

export interface Progress {
  update(advance: Advance): void;
  /** Removes the bar and leaves the terminal as it was. Safe to call twice. */
  stop(): void;
}

/** Draws nothing. */
export const NO_PROGRESS: Progress = { update: () => {}, stop: () => {} };

/**
 * A bar on stderr, which must be a terminal. It measures bytes: the biggest files come first, so
 * that a count of files would stand still and then jump.
 */
export function createProgress(): Progress {
  const bar = new cliProgress.SingleBar({
    stream: process.stderr,
    format: formatBar,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    clearOnComplete: true,
    hideCursor: true,
  });
  const stop = () => bar.stop();
  // A second Ctrl-C exits at once: the cursor must come back even then.
  process.once('exit', stop);
  bar.start(1, 0, { advance: undefined });
  return {
    update(advance) {
      bar.setTotal(Math.max(1, advance.totalBytes));
      bar.update(advance.bytes, { advance });
    },
    stop() {
      process.off('exit', stop);
      stop();
    },
  };
}

interface Payload {
  readonly advance?: Advance;
}

function formatBar(options: Options, params: Params, { advance }: Payload): string {
  if (advance === undefined) return 'listing files';
  const percent = `${Math.floor(params.progress * 100)} %`.padStart(5);
  const files = `${formatCount(advance.files)} of ${formatCount(advance.totalFiles)} files`;
  const bytes = `${formatBytes(advance.bytes)} of ${formatBytes(advance.totalBytes)}`;
  return `${cliProgress.Format.BarFormat(params.progress, options)} ${percent}  ${files}, ${bytes}`;
}
