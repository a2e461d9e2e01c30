import type { ThreadLimits } from './pool-options.ts';

/** Options of Node that are about the program of this process, and would make another one of a worker. */
const OWN_ALONE =
  /^(-[epic]+|--(eval|print|interactive|check|test|watch|inspect|input-type|cpu-prof|heap-prof)\b)/;
/** Those of them whose value is an argument of its own. */
const WITH_VALUE = /^(-[ep]+|--(eval|print|input-type))$/;

/** What Node is started with in a process of its own, before its program. */
export function nodeArguments(
  given: readonly string[] | undefined,
  limits: ThreadLimits = {},
): string[] {
  return [...(given ?? inherited(process.execArgv)), ...limitArguments(limits)];
}

/** The options of this process that a worker should have as well. */
export function inherited(execArgv: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < execArgv.length; i++) {
    const option = execArgv[i] as string;
    if (!OWN_ALONE.test(option)) kept.push(option);
    else if (WITH_VALUE.test(option)) i++;
  }
  return kept;
}

function limitArguments(limits: ThreadLimits): string[] {
  const { maxOldGenerationSizeMb, maxYoungGenerationSizeMb, stackSizeMb } = limits;
  const args: string[] = [];
  const add = (name: string, value: number) =>
    args.push(`--${name}=${Math.max(1, Math.round(value))}`);
  if (maxOldGenerationSizeMb !== undefined) add('max-old-space-size', maxOldGenerationSizeMb);
  // The young generation is three semi-spaces.
  if (maxYoungGenerationSizeMb !== undefined)
    add('max-semi-space-size', maxYoungGenerationSizeMb / 3);
  if (stackSizeMb !== undefined) add('stack-size', stackSizeMb * 1_024);
  return args;
}
