import { checkNames } from './check.ts';
import { type ChildSpec, type PartialChildSpec, resolveChildSpec } from './child-spec.ts';
import { describe, invalidOption, TroupeError } from './errors.ts';
import { type RestartIntensity, resolveRestartIntensity } from './restart-intensity.ts';

/**
 * What a child's end does to its siblings; as in OTP. A `dynamic` supervisor starts without
 * children, and makes any number of one template (OTP's `simple_one_for_one`).
 */
export type Strategy = 'one_for_one' | 'one_for_all' | 'rest_for_one' | 'dynamic';

/**
 * Whether a supervisor ends when significant children have ended by themselves: never, with the
 * first of them, or with the last.
 */
export type AutoShutdown = 'never' | 'any_significant' | 'all_significant';

/** What supervises and whom, as OTP's supervisor flags and child specifications. */
export interface SupervisorFlags<Start> {
  readonly strategy: Strategy;
  /** @default 3 restarts in 5000 ms */
  readonly intensity: RestartIntensity;
  /** @default 'never' */
  readonly autoShutdown: AutoShutdown;
  /** In the order in which they are started; of a dynamic supervisor, its one template. */
  readonly children: readonly ChildSpec<Start>[];
  /** How many live children a dynamic supervisor may have. @default no limit */
  readonly maxChildren: number;
}

/** The flags as they are given: what is left out has its default. */
export interface PartialSupervisorFlags<Start> {
  readonly strategy: Strategy;
  readonly intensity?: Partial<RestartIntensity> | undefined;
  readonly autoShutdown?: AutoShutdown | undefined;
  readonly children?: readonly PartialChildSpec<Start>[] | undefined;
  readonly maxChildren?: number | undefined;
}

/** The names of the flags. */
export const SUPERVISOR_FLAGS: readonly (keyof PartialSupervisorFlags<unknown>)[] = [
  'strategy',
  'intensity',
  'autoShutdown',
  'children',
  'maxChildren',
];

const STRATEGIES: readonly unknown[] = ['one_for_one', 'one_for_all', 'rest_for_one', 'dynamic'];
const AUTO_SHUTDOWNS: readonly unknown[] = ['never', 'any_significant', 'all_significant'];

/** @throws TroupeError `InvalidOption`, `DuplicateId` */
export function resolveSupervisorFlags<Start>(
  partial: PartialSupervisorFlags<Start>,
): SupervisorFlags<Start> {
  const { strategy, autoShutdown = 'never', maxChildren = Number.POSITIVE_INFINITY } = partial;
  checkFlags(strategy, autoShutdown, maxChildren);
  const intensity = resolveRestartIntensity(partial.intensity);
  const children = resolveChildren<Start>(partial.children ?? []);
  if (strategy === 'dynamic' && children.length > 1) {
    throw invalidOption('children', 'one template for a dynamic supervisor', children);
  }
  for (const child of children) checkSignificant(child, autoShutdown);
  return { strategy, intensity, autoShutdown, children, maxChildren };
}

/**
 * Flags that hold from now on in place of others: what is left out stays.
 * @throws TroupeError `InvalidOption`, `DuplicateId`
 */
export function changeSupervisorFlags<Start>(
  flags: SupervisorFlags<Start>,
  change: Partial<PartialSupervisorFlags<Start>>,
): SupervisorFlags<Start> {
  checkNames(change, SUPERVISOR_FLAGS);
  const { strategy = flags.strategy, maxChildren = flags.maxChildren } = change;
  const { autoShutdown = flags.autoShutdown, children = flags.children } = change;
  if ((strategy === 'dynamic') !== (flags.strategy === 'dynamic')) {
    throw invalidOption('strategy', 'one of the same kind, static or dynamic', strategy);
  }
  const intensity = resolveRestartIntensity({ ...flags.intensity, ...change.intensity });
  return resolveSupervisorFlags({ strategy, intensity, autoShutdown, children, maxChildren });
}

function checkFlags(strategy: unknown, autoShutdown: unknown, maxChildren: unknown): void {
  if (!STRATEGIES.includes(strategy)) {
    throw invalidOption('strategy', STRATEGIES.join(', '), strategy);
  }
  if (!AUTO_SHUTDOWNS.includes(autoShutdown)) {
    throw invalidOption('autoShutdown', AUTO_SHUTDOWNS.join(', '), autoShutdown);
  }
  if (strategy === 'dynamic' && autoShutdown !== 'never') {
    throw invalidOption('autoShutdown', 'never for a dynamic supervisor', autoShutdown);
  }
  if (!isLimit(maxChildren)) {
    throw invalidOption('maxChildren', 'a whole number of 0 or more, or Infinity', maxChildren);
  }
}

function isLimit(value: unknown): boolean {
  if (value === Number.POSITIVE_INFINITY) return true;
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function resolveChildren<Start>(partials: readonly PartialChildSpec<Start>[]): ChildSpec<Start>[] {
  if (!Array.isArray(partials as unknown)) throw invalidOption('children', 'a list', partials);
  const known = new Set<string>();
  return partials.map((partial) => {
    const spec: ChildSpec<Start> = resolveChildSpec(partial);
    if (known.has(spec.id)) {
      throw new TroupeError('DuplicateId', `two children have the id ${describe(spec.id)}`, {
        details: { child: spec.id },
      });
    }
    known.add(spec.id);
    return spec;
  });
}

/** @throws TroupeError `InvalidOption` for a significant child where nothing follows from its end */
export function checkSignificant(
  { id, significant }: ChildSpec<unknown>,
  autoShutdown: AutoShutdown,
): void {
  if (!significant || autoShutdown !== 'never') return;
  const field = `child ${describe(id)}: significant`;
  throw invalidOption(field, 'false where autoShutdown is never', significant);
}
