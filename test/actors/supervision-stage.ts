import type { StartChild } from '../../actors/child.ts';
import { Supervisor, type SupervisorOptions } from '../../actors/supervisor.ts';
import type {
  ExitReason,
  PartialChildSpec,
  RuntimeEvent,
  SupervisorReport,
} from '../../src/model/index.ts';
import { VirtualClock } from '../../src/testing/index.ts';
import { type Puppet, type PuppetOptions, puppet } from './fixtures.ts';

/**
 * For the `supervision-*.test.ts`, which have OTP's semantics case by case on a virtual clock;
 * `docs/supervision.md` has the same list in prose.
 */

export const crash: ExitReason = { kind: 'error', error: new Error('crash') };

export type Options = Partial<SupervisorOptions>;
export type Spec = Partial<PartialChildSpec<StartChild>> & PuppetOptions;

/** A supervisor whose children are puppets, and everything that is seen of them. */
export class Stage {
  readonly clock = new VirtualClock();
  readonly log: string[] = [];
  readonly events: RuntimeEvent[] = [];
  readonly puppets = new Map<string, Puppet>();
  readonly random = { next: () => this.chance };
  chance = 0.5;

  spec(id: string, { stubborn, failsFrom, failsUntil, ignores, ...spec }: Spec = {}) {
    const options: PuppetOptions = {
      ...(stubborn !== undefined && { stubborn }),
      ...(failsFrom !== undefined && { failsFrom }),
      ...(failsUntil !== undefined && { failsUntil }),
      ...(ignores !== undefined && { ignores }),
    };
    const own = puppet(id, this.log, options);
    this.puppets.set(id, own);
    return { id, start: own.start, ...spec };
  }

  supervisor(options: Options = {}, id = 'sup'): Supervisor {
    const { clock, random } = this;
    const sink = { publish: (event: RuntimeEvent) => void this.events.push(event) };
    return new Supervisor({ id, strategy: 'one_for_one', clock, random, sink, ...options });
  }

  async started(options: Options = {}): Promise<Supervisor> {
    const supervisor = this.supervisor(options);
    await supervisor.start();
    this.log.length = 0;
    return supervisor;
  }

  puppet(id: string): Puppet {
    return this.puppets.get(id) as Puppet;
  }

  async exit(id: string, reason: ExitReason = crash): Promise<void> {
    this.puppet(id).exit(reason);
    await this.clock.advance(0);
  }

  get reports(): SupervisorReport[] {
    return this.events.flatMap((event) => (event.type === 'supervisor.report' ? [event] : []));
  }
}

export function statuses(supervisor: Supervisor): Record<string, string> {
  return Object.fromEntries(supervisor.whichChildren().map(({ id, status }) => [id, status]));
}
