const NEWLINE = 10;

/** How far into a file a NUL byte marks it as binary: git's rule. */
const BINARY_WINDOW = 8192;

export interface LineCounter {
  /** Chunks in the file's order. */
  add(chunk: Buffer): void;
  /** Lines so far, a last one without a line break included; null for binary content. */
  count(): number | null;
}

export function createLineCounter(): LineCounter {
  let seen = 0;
  let breaks = 0;
  let binary = false;
  let last = NEWLINE;
  return {
    add(chunk) {
      if (chunk.length === 0 || binary) return;
      binary = chunk.subarray(0, Math.max(0, BINARY_WINDOW - seen)).includes(0);
      seen += chunk.length;
      if (binary) return;
      breaks += newlinesIn(chunk);
      last = chunk[chunk.length - 1] ?? NEWLINE;
    },
    count: () => (binary ? null : breaks + (last === NEWLINE ? 0 : 1)),
  };
}

function newlinesIn(chunk: Buffer): number {
  let newlines = 0;
  for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) {
    newlines += 1;
  }
  return newlines;
}
