import type { Contestant, Scenario, Variant } from './scenario.ts';
import { UsageError } from './usage-error.ts';

/** A scenario in one of its variants, under the name by which it was asked for. */
export interface Selection {
  readonly label: string;
  readonly scenario: Scenario;
  readonly variant: Variant;
}

/**
 * Finds what the names mean: `scenario` its first variant, `scenario/variant` that one, no name at
 * all every scenario in its first variant. What is asked for twice is played once.
 */
export function selectScenarios(
  scenarios: readonly Scenario[],
  names: readonly string[],
): Selection[] {
  const wanted = names.length > 0 ? names : scenarios.map((scenario) => scenario.name);
  const selections = new Map<Variant, Selection>();
  for (const name of wanted) {
    const selection = selectOne(scenarios, name);
    if (!selections.has(selection.variant)) selections.set(selection.variant, selection);
  }
  return [...selections.values()];
}

/** The unit of what is measured. */
export function unitOf({ scenario, variant }: Selection): string {
  return variant.unit ?? scenario.unit;
}

/** Which way is better. */
export function higherIsBetter({ scenario, variant }: Selection): boolean {
  return variant.higherIsBetter ?? scenario.higherIsBetter;
}

/** The peers that play, installed or not. */
export function peersOf({ scenario, variant }: Selection): Contestant[] {
  return scenario.peers.filter(({ variants }) => variants?.includes(variant.name) ?? true);
}

/** All names that can be asked for, the plain ones first. */
export function knownNames(scenarios: readonly Scenario[]): string[] {
  return scenarios.flatMap((scenario) => [
    scenario.name,
    ...scenario.variants.map((variant) => `${scenario.name}/${variant.name}`),
  ]);
}

function selectOne(scenarios: readonly Scenario[], label: string): Selection {
  for (const scenario of scenarios) {
    if (label === scenario.name) return { label, scenario, variant: scenario.variants[0] };
    const variant = scenario.variants.find(({ name }) => label === `${scenario.name}/${name}`);
    if (variant) return { label, scenario, variant };
  }
  const known = knownNames(scenarios).join(', ');
  throw new UsageError(`unknown scenario '${label}', expected one of: ${known}`);
}
