/**
 * Contestants run as compiled JavaScript, laid out like the published package, on a plain node. A
 * TypeScript loader in the process is not free: it brings a thread that costs a pool about a tenth
 * of its throughput, and wraps each named closure in a call.
 */

import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runNode } from './child-process.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = ['src', 'machines', 'actors', 'bench'];
const TIME_LIMIT_MS = 120_000;

export interface Compilation {
  /** The file that node runs for a source file; what is not TypeScript is run as it is. */
  compiled(file: URL): URL;
  /** What the compiler complained about; it writes what it can nonetheless. */
  readonly complaint: string | undefined;
  dispose(): Promise<void>;
}

/** Compiles the project if any of the files needs it. Types are not checked. */
export async function compile(files: readonly URL[], signal: AbortSignal): Promise<Compilation> {
  if (!files.some(isTypeScript)) {
    return { compiled: (file) => file, complaint: undefined, dispose: async () => {} };
  }
  // Below node_modules: out of sight of git, linters and npm pack, and packages resolve.
  const cache = join(ROOT, 'node_modules', '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'troupe-bench-'));
  const dispose = () => rm(folder, { recursive: true, force: true });
  try {
    await copyPlainFiles(folder);
    const complaint = await emit(folder, signal);
    return { compiled: (file) => compiledFile(folder, file), complaint, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function isTypeScript(file: URL): boolean {
  return extname(file.pathname) === '.ts';
}

function compiledFile(folder: string, file: URL): URL {
  if (!isTypeScript(file)) return file;
  const path = relative(ROOT, fileURLToPath(file)).replace(/\.ts$/, '.js');
  return pathToFileURL(join(folder, 'dist', path));
}

async function emit(folder: string, signal: AbortSignal): Promise<string | undefined> {
  const config = join(folder, 'tsconfig.json');
  await writeFile(
    config,
    JSON.stringify({
      extends: join(ROOT, 'tsconfig.json'),
      compilerOptions: {
        noEmit: false,
        noCheck: true,
        allowImportingTsExtensions: false,
        rootDir: ROOT,
        outDir: join(folder, 'dist'),
      },
      include: SOURCES.map((source) => join(ROOT, source)),
    }),
  );
  const compiler = createRequire(import.meta.url).resolve('typescript/package.json');
  const { stdout, stderr, failure } = await runNode({
    args: [join(compiler, '..', 'bin', 'tsc'), '--project', config],
    timeLimitMs: TIME_LIMIT_MS,
    signal,
  });
  return failure === undefined ? undefined : `compiler ${failure}\n${stdout}${stderr}`;
}

/** Task modules and workers that are JavaScript already, and the manifest. */
async function copyPlainFiles(folder: string): Promise<void> {
  await cp(join(ROOT, 'package.json'), join(folder, 'package.json'));
  for (const source of SOURCES) {
    await cp(join(ROOT, source), join(folder, 'dist', source), {
      recursive: true,
      filter: (path) => extname(path) !== '.ts',
    }).catch(ignoreMissing);
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
