import {
  and,
  assign,
  cancel,
  createMachine,
  emit,
  enqueueActions,
  log,
  not,
  or,
  raise,
  sendTo,
  spawnChild,
  stateIn,
  stopChild,
} from 'xstate';
import type { ActionKind, ActionSpec, GuardKind, GuardSpec } from './machine-arbitrary.ts';

/** What happened, in order; the machine under test writes to it. */
export type Diary = string[];

export interface Context {
  readonly n: number;
  readonly fuel: number;
}

export interface Args {
  readonly context: Context;
  readonly event: { readonly type: string };
}

type Spawn = (logic: unknown, options: object) => unknown;

/** What an action or a guard may need to know of the machine that it is part of. */
export interface Place {
  /** The id of the state with this number. */
  idOf(index: number): string;
  /** Its value, as far as that is told by its ancestors. */
  valueOf(index: number): string | object;
}

/** Ends when it is sent an `A`. */
export const child = createMachine({
  id: 'child',
  initial: 'on',
  output: 'grown up',
  states: { on: { on: { A: 'off' } }, off: { type: 'final' } },
});

/** Makes the actions of one machine. */
export class ActionBuilder {
  readonly #diary: Diary;
  readonly #guards: GuardBuilder;

  constructor(diary: Diary, guards: GuardBuilder) {
    this.#diary = diary;
    this.#guards = guards;
  }

  build(spec: ActionSpec): unknown {
    return this.#makers[spec.kind](spec);
  }

  readonly write = (line: string): void => void this.#diary.push(line);

  readonly #makers: Readonly<Record<ActionKind, (spec: ActionSpec) => unknown>> = {
    inline:
      ({ label }) =>
      ({ context, event }: Args) =>
        this.write(`inline ${label} ${context.n} ${JSON.stringify(event)}`),
    named: ({ dynamic }) => (dynamic ? { type: 'named' } : 'named'),
    missing: ({ kind }) => kind,
    params: ({ label, dynamic }) => ({
      type: 'params',
      params: dynamic
        ? ({ context, event }: Args) => ({ n: context.n, of: event.type })
        : { label },
    }),
    log: () => log(({ context }: Args) => this.write(`log ${context.n}`)),
    throws:
      ({ label, dynamic }) =>
      ({ context }: Args) => {
        if (context.n > 1) throw dynamic ? `thrown ${label}` : new Error(`action ${label} threw`);
      },
    assign: ({ label }) => assign(({ context }: Args) => ({ n: context.n + byOf(label) }) as never),
    'assign-keys': ({ label }) =>
      assign({
        n: ({ context }: Args) => context.n + byOf(label),
        // A key's assigner does not see what those before it have assigned.
        last: ({ context }: Args) => context.n,
        label,
      } as never),
    'assign-named': ({ label, dynamic }) =>
      dynamic ? { type: 'add', params: { by: byOf(label) } } : 'add',
    'assign-spawn': ({ dynamic }) => assign(spawning(dynamic) as never),
    'assign-throws': ({ label, dynamic }) =>
      assign(({ context }: Args) => {
        if (context.n > 1) throw dynamic ? `thrown ${label}` : new Error(`assign ${label} threw`);
        return {};
      }),
    emit: () => emit(({ context }: Args) => ({ type: 'emitted', n: context.n }) as never),
    raise: ({ dynamic }) =>
      raise((dynamic ? ({ context }: Args) => ({ type: 'R', n: context.n }) : R) as never),
    'send-self': () => sendTo(self as never, { type: 'Z' } as never),
    'send-later': ({ label }) =>
      sendTo(self as never, { type: 'Z' } as never, {
        id: `d${label % 3}`,
        delay: 4 + (label % 3),
      }),
    'send-child': ({ label }) => sendTo(kid(label), { type: 'A' } as never),
    delay: ({ label, dynamic }) =>
      raise({ type: 'D' } as never, {
        id: `d${label % 3}`,
        delay: dynamic ? ('long' as never) : 4 + (label % 3),
      }),
    cancel: ({ label, dynamic }) => {
      const id = `d${label % 3}`;
      return cancel(dynamic ? () => id : id);
    },
    spawn: ({ label, dynamic }) =>
      spawnChild(
        (dynamic ? 'child' : child) as never,
        { id: kid(label), ...(label > 6 && { systemId: 'the-kid' }) } as never,
      ),
    stop: ({ label, dynamic }) => stopChild(dynamic ? () => kid(label) : kid(label)),
    enqueue: (spec) => this.#enqueue(spec),
    'enqueue-raise': ({ label }) =>
      enqueueActions((({ enqueue }: Enqueues) => enqueue.raise({ type: 'R', label })) as never),
    'enqueue-spawn': ({ label }) =>
      enqueueActions((({ enqueue }: Enqueues) => {
        enqueue.spawnChild('child', { id: kid(label) });
        enqueue.assign({ last: label });
        enqueue.stopChild(kid(label + 1));
      }) as never),
  };

  #enqueue({ label, dynamic }: ActionSpec): unknown {
    const isThere = this.#guards.build({ kind: 'in', label, dynamic });
    const add = assign(({ context }: Args) => ({ n: context.n + 1 }) as never);
    return enqueueActions((({ enqueue, check }: Enqueues) => {
      if (check('named')) enqueue('named');
      if (check(isThere)) enqueue({ type: 'params', params: { there: label } });
      enqueue(add);
      if (!dynamic) return;
      enqueue(enqueueActions((({ enqueue }: Enqueues) => enqueue('named')) as never));
      enqueue.cancel('d0');
      enqueue.emit({ type: 'emitted', by: label });
    }) as never);
  }
}

/** Makes the guards of one machine. */
export class GuardBuilder {
  readonly #place: Place;
  readonly #diary: Diary;

  constructor(place: Place, diary: Diary) {
    this.#place = place;
    this.#diary = diary;
  }

  build(spec: GuardSpec): unknown {
    if ('guard' in spec) return not(this.build(spec.guard) as never);
    if ('all' in spec) {
      const all = spec.all.map((guard) => this.build(guard)) as never;
      return spec.kind === 'and' ? and(all) : or(all);
    }
    return this.#makers[spec.kind](spec);
  }

  readonly #makers: Readonly<
    Record<GuardKind, (spec: { readonly label: number; readonly dynamic: boolean }) => unknown>
  > = {
    even:
      ({ label }) =>
      ({ context }: Args) => {
        this.#diary.push(`asked ${label}`);
        return context.n % 2 === 0;
      },
    named: ({ dynamic }) => (dynamic ? { type: 'named' } : 'named'),
    combined: () => 'combined',
    alias: () => 'alias',
    missing: () => 'missing',
    fuelled: () => isFuelled,
    below: ({ label, dynamic }) => {
      const limit = label - 4;
      const params = ({ context }: Args) => ({ limit: context.n + limit });
      return { type: 'below', params: dynamic ? params : { limit } };
    },
    in: ({ label, dynamic }) =>
      stateIn(dynamic ? (this.#place.valueOf(label) as never) : `#${this.#place.idOf(label)}`),
    throws:
      ({ label, dynamic }) =>
      ({ context }: Args) => {
        this.#diary.push(`asked ${label}`);
        if (context.n > 2) throw dynamic ? 'no guard' : new Error('guard threw');
        return true;
      },
  };
}

/** True while the machine may go on by itself. */
export const isFuelled = ({ context }: Args): boolean => context.fuel > 0;

/** What the actions and guards name; `replaced` is what `provide` puts in their place. */
export function implementationsFor(write: (line: string) => void): {
  readonly made: object;
  readonly replaced: object;
} {
  return {
    made: {
      actions: {
        named: ({ context, event }: Args) => write(`named ${context.n} ${event.type}`),
        params: ({ context }: Args, params: unknown) =>
          write(`params ${context.n} ${JSON.stringify(params)}`),
        add: assign((({ context }: Args, params: { by: number } | undefined) => ({
          n: context.n + (params?.by ?? 1),
        })) as never),
      },
      guards: {
        named: ({ context, event }: Args) => {
          write(`asked on ${event.type}`);
          return context.n % 3 !== 0;
        },
        below: ({ context }: Args, params: { limit: number }) => context.n < params.limit,
        combined: not('named'),
        alias: 'named',
      },
      delays: { long: ({ context }: Args) => 8 + (context.n % 3) },
      actors: { child },
    },
    replaced: {
      actions: {
        named: assign(({ context }: Args) => ({ n: context.n + 1 }) as never),
        missing: ({ context }: Args) => write(`no longer missing ${context.n}`),
      },
      guards: { named: ({ context }: Args) => context.n % 2 === 0, missing: () => true },
      delays: { long: 7 },
    },
  };
}

interface Enqueues {
  readonly check: (guard: unknown) => boolean;
  readonly enqueue: ((action: unknown) => void) &
    Readonly<
      Record<
        'assign' | 'cancel' | 'emit' | 'raise' | 'spawnChild' | 'stopChild',
        (...args: unknown[]) => void
      >
    >;
}

const R = { type: 'R' };
const self = ({ self }: { self: unknown }) => self;
const kid = (label: number): string => `kid-${label % 2}`;
const byOf = (label: number): number => (label % 4) - 1;

/** Some take their arguments apart, others pass them on. */
function spawning(passesOn: boolean) {
  const spawned = ({ context, spawn }: Args & { spawn: Spawn }) => {
    spawn(child, { id: `made-${context.n}` });
    return { n: context.n + 1 };
  };
  return passesOn ? (args: Args & { spawn: Spawn }) => spawned({ ...args }) : spawned;
}
