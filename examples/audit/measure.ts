import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  type Stats,
} from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip, gzipSync } from 'node:zlib';
import { createLineCounter } from './lines.ts';
import { kindOf } from './skipped.ts';

export interface Measurement {
  /** Bytes read. */
  readonly size: number;
  /** Bytes after gzip at its default level. */
  readonly gzip: number;
  /** In hex. */
  readonly sha256: string;
  /** Null for a binary file. */
  readonly lines: number | null;
}

/** Up to this size a file is read in one piece; beyond, it is streamed. */
export const WHOLE_FILE_BYTES = 1024 * 1024;

const CHUNK_BYTES = 256 * 1024;

export interface OpenFile {
  readonly fd: number;
  readonly stats: Stats;
}

/**
 * Opens a regular file and nothing else. What was listed may have been replaced since: to open a
 * fifo would wait for its writer, and to open a link would leave the tree.
 *
 * @throws the error of the file system, or one that names what was found in place of a file
 */
export function openFile(path: string): OpenFile {
  rejectOther(lstatSync(path));
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    rejectOther(stats);
    return { fd, stats };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function rejectOther(stats: Stats): void {
  if (!stats.isFile()) throw new Error(`replaced by a ${kindOf(stats)} during the audit`);
}

/** What can be read of `size` bytes: less if the file has shrunk. */
export function readUpTo(fd: number, size: number): Buffer {
  const buffer = Buffer.allocUnsafe(size);
  let length = 0;
  while (length < size) {
    const read = readSync(fd, buffer, length, size - length, null);
    if (read === 0) break;
    length += read;
  }
  return buffer.subarray(0, length);
}

export function measureContent(content: Buffer): Measurement {
  const lines = createLineCounter();
  lines.add(content);
  return {
    size: content.length,
    gzip: gzipSync(content).length,
    sha256: createHash('sha256').update(content).digest('hex'),
    lines: lines.count(),
  };
}

/**
 * Measures the first `size` bytes of a file in small pieces. The bound makes an end even of a file
 * that grows as fast as it is read.
 */
export async function measureStream(
  fd: number,
  size: number,
  signal: AbortSignal,
): Promise<Measurement> {
  const hash = createHash('sha256');
  const lines = createLineCounter();
  let read = 0;
  let gzip = 0;
  function* chunks(): Generator<Buffer> {
    while (read < size) {
      const chunk = readUpTo(fd, Math.min(CHUNK_BYTES, size - read));
      if (chunk.length === 0) return;
      read += chunk.length;
      hash.update(chunk);
      lines.add(chunk);
      yield chunk;
    }
  }
  const count = async (compressed: AsyncIterable<Buffer>) => {
    for await (const chunk of compressed) gzip += chunk.length;
  };
  await pipeline(chunks, createGzip(), count, { signal });
  return { size: read, gzip, sha256: hash.digest('hex'), lines: lines.count() };
}
