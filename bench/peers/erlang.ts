/** Runs a module of `erlang/` with `erl`: compiled in memory, its number read from its output. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { contest } from '../harness/contest.ts';
import type { ContestParameters, JsonObject } from '../harness/scenario.ts';

/** Modules that others use. */
const SHARED = ['bench', 'statechart_lifecycle'];

interface Settings {
  readonly module: string;
  readonly flags: readonly string[];
}

await contest<ContestParameters<Settings>>(async ({ settings, ...parameters }) => {
  const { module, flags } = settings;
  const child = spawn(
    'erl',
    [...flags, '-noshell', '-eval', program(module), '-extra', ...words(parameters)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`erl exited with code ${code}: ${output.slice(0, 2_000)}`);
  return { value: Number(output) };
});

/**
 * Compiles and loads what the module needs, and runs it. Modules that are merely interpreted would be
 * slower; these are native code as soon as they are loaded, where `erl` has its compiler for that.
 */
function program(module: string): string {
  const loads = [...new Set([...SHARED, module])].map((name) => {
    const path = fileURLToPath(new URL(`./erlang/${name}.erl`, import.meta.url));
    return (
      `case compile:file(${JSON.stringify(path)}, [binary, report_errors]) of ` +
      `{ok, ${name}, B_${name}} -> code:load_binary(${name}, "", B_${name}); _ -> halt(1) end`
    );
  });
  return `${loads.join(', ')}, bench:main(${module}).`;
}

/** `key value key value …`, as `bench:main/1` reads them. */
function words(parameters: JsonObject): string[] {
  return Object.entries(parameters).flatMap(([key, value]) => [key, String(value)]);
}
