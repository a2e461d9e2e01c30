import { assign, type EventObject, stopChild } from 'xstate';
import type { Configuration } from './configuration.ts';
import { type Children, NextSnapshot } from './next-snapshot.ts';
import { type Implementations, type Operation, operationOf } from './operations.ts';
import type { Candidate } from './plan.ts';
import type { Action, ActionFunction, Node, Scope, Snapshot } from './xstate-internals.ts';

export type ContextFactory = (args: Record<string, unknown>) => object;
type Spawn = (source: unknown, options: unknown) => { readonly id: string };

/** What an assigner is given. */
class AssignArguments {
  readonly context: unknown;
  readonly event: EventObject;
  readonly spawn: Spawn;
  readonly self: unknown;
  readonly system: unknown;

  constructor(step: Step) {
    this.context = step.context;
    this.event = step.event;
    this.spawn = step.spawn;
    this.self = step.scope.self;
    this.system = step.scope.system;
  }
}

/**
 * One macrostep under way. Its members are plain, not `#private`: one is made for every event, and V8
 * takes a measurable while to brand an object with private members.
 */
export class Step {
  /** The last whole snapshot: after each microstep the next. */
  snapshot: Snapshot;
  event: EventObject;
  readonly scope: Scope;
  readonly queue: EventObject[] = [];
  context: unknown;
  children: Children;
  /** XState copies the snapshot: what it is told apart by from the one before, if by nothing else. */
  copied = false;
  ownSpawn: Spawn | undefined;
  readonly runs: boolean;
  readonly implementations: Implementations;
  output: unknown;
  done = false;
  bornContext: unknown;
  bornChildren: Children;

  /** @param runs the actor runs: actions happen at once; otherwise they are kept for its start */
  constructor(
    snapshot: Snapshot,
    event: EventObject,
    scope: Scope,
    runs: boolean,
    implementations: Implementations,
  ) {
    this.snapshot = snapshot;
    this.event = event;
    this.scope = scope;
    this.context = snapshot.context;
    this.children = snapshot.children as Children;
    this.bornContext = this.context;
    this.bornChildren = this.children;
    this.runs = runs;
    this.implementations = implementations;
  }

  /** Takes the next raised event for this step's; false when there is none. */
  shift(): boolean {
    const raised = this.queue.shift();
    if (raised === undefined) return false;
    this.event = raised;
    return true;
  }

  /** The context that a factory makes of the input. */
  create(factory: ContextFactory, input: unknown): void {
    const made = factory({ spawn: this.spawn, input, self: this.scope.self });
    this.context = { ...(this.context as object), ...made };
    this.bornContext = this.context;
    this.bornChildren = this.children;
  }

  /** The snapshot of an actor whose making failed: as it was before its first step. */
  failed(blank: Snapshot, error: unknown): Snapshot {
    this.snapshot = blank;
    this.context = this.bornContext;
    this.children = this.bornChildren;
    this.output = undefined;
    return { ...this.between(), status: 'error', error } as unknown as Snapshot;
  }

  /** One microstep. */
  take({ operations, to }: Candidate): void {
    for (let i = 0; i < operations.length; i++) this.do(operations[i] as Operation);
    const { _nodes } = this.snapshot;
    const same = to.nodes === _nodes || sameNodes(to.nodes, _nodes);
    if (same && !this.copied) return;
    this.copied = false;
    this.snapshot = this.successor(same ? undefined : to);
    if (this.done) this.stopChildren();
  }

  /** What it spawns becomes a child of the snapshot. */
  get spawn(): Spawn {
    this.ownSpawn ??= (source, options) => {
      const child = this.spawner()(source, options);
      this.children = { ...this.children, [child.id]: child };
      return child;
    };
    return this.ownSpawn;
  }

  /** XState's own spawner, which is given to assigners only. */
  spawner(): Spawn {
    let native: unknown;
    const probe = assign(({ spawn }) => {
      native = spawn;
      return {};
    });
    this.resolve(probe as unknown as ActionFunction, undefined, this.between());
    return native as Spawn;
  }

  do(operation: Operation): void {
    switch (operation.kind) {
      case 'custom':
        this.custom(operation);
        break;
      case 'assign':
        this.assign(operation);
        break;
      case 'builtin':
        this.builtin(operation.action, operation.params);
        break;
      case 'done-state': {
        const { parent, final } = operation;
        const output = final.output === undefined ? undefined : this.outputOf(final, this.event);
        this.queue.push({ type: `xstate.done.state.${parent.id}`, output } as EventObject);
        break;
      }
      case 'complete':
        this.complete(operation.final);
        break;
      default:
        operation satisfies never;
    }
  }

  custom({ run, params, type }: Operation & { kind: 'custom' }): void {
    const info = this.arguments();
    const given = this.paramsOf(params);
    if (this.runs) run?.(info, given);
    else this.scope.actionExecutor({ type, info, params: given, exec: run });
  }

  assign({ action, params, keys }: Operation & { kind: 'assign' }): void {
    const given = this.paramsOf(params);
    if (!this.context) {
      // XState words the error.
      this.builtin(action, given);
      return;
    }
    this.copied = true;
    const args = new AssignArguments(this);
    const assignment = action.assignment as Record<string, unknown>;
    if (keys === undefined) {
      const update = (assignment as unknown as Assigner)(args, given);
      this.context = { ...(this.context as object), ...(update as object) };
      return;
    }
    const next: Record<string, unknown> = { ...this.context };
    for (const key of keys) {
      const value = assignment[key];
      next[key] = typeof value === 'function' ? (value as Assigner)(args, given) : value;
    }
    this.context = next;
  }

  builtin(action: ActionFunction, params: unknown): void {
    const given = this.paramsOf(params);
    const before = this.between();
    const [next, resolved, actions] = this.resolve(action, given, before);
    if (next !== before) this.copied = true;
    this.context = next.context;
    this.children = next.children as Children;
    const { execute, type = '' } = action;
    if (execute !== undefined) {
      if (this.runs) execute(this.scope, resolved);
      else {
        const exec = () => execute(this.scope, resolved);
        this.scope.actionExecutor({ type, info: this.arguments(), params: resolved, exec });
      }
    }
    for (const nested of actions ?? []) this.nested(nested);
  }

  /** An action that another one asked for while it ran. */
  nested(action: Action): void {
    this.do(operationOf(action, this.implementations));
  }

  resolve(action: ActionFunction, params: unknown, before: Snapshot) {
    const extra = { internalQueue: this.queue, deferredActorIds: undefined };
    const { resolve } = action as Required<ActionFunction>;
    return resolve(this.scope, before, this.arguments(), params, action, extra);
  }

  complete(final: Node): void {
    const { machine } = this.snapshot;
    const root = machine.root as unknown as Node;
    this.done = true;
    this.copied = true;
    if (root.output === undefined) return;
    const output = final.output === undefined ? undefined : this.outputOf(final, this.event);
    const event = { type: `xstate.done.state.${final.id}`, output } as EventObject;
    this.output = this.outputOf(root, event);
  }

  outputOf({ output }: Node, event: EventObject): unknown {
    if (typeof output !== 'function') return output;
    return (output as Assigner)({ context: this.context, event, self: this.scope.self }, undefined);
  }

  stopChildren(): void {
    for (const child of Object.values(this.children)) {
      this.builtin(stopChild(child as never) as unknown as ActionFunction, undefined);
    }
    this.children = this.snapshot.children as Children;
  }

  arguments(): Record<string, unknown> {
    const { self, system } = this.scope;
    return { context: this.context, event: this.event, self, system };
  }

  paramsOf(params: unknown): unknown {
    if (typeof params !== 'function') return params;
    return params({ context: this.context, event: this.event });
  }

  /** Within a step: the new context, but still the old configuration. */
  between(): Snapshot {
    return this.successor(undefined, 'active');
  }

  successor(
    to: Configuration | undefined,
    status: string = this.done ? 'done' : this.snapshot.status,
  ): Snapshot {
    return new NextSnapshot(this.snapshot, to, status, this.output, this.context, this.children);
  }
}

type Assigner = (args: unknown, params: unknown) => unknown;

function sameNodes(a: readonly Node[], b: readonly Node[]): boolean {
  return a.length === b.length && a.every((node) => b.includes(node));
}
