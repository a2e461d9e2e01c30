/** The Savina benchmarks as statecharts, the same for the subject and for stock XState. */

import { type AnyStateMachine, createMachine } from 'xstate';
import { compute, nextRandom, type Round, type SavinaBenchmarks } from '../harness/savina.ts';

/** Whoever runs the charts. */
export interface Host {
  /** Readies a chart for many actors. */
  prepare(machine: AnyStateMachine): AnyStateMachine;
  /** Makes and starts an actor. */
  start(machine: AnyStateMachine, id: string, input: unknown): Ref;
  /** Actors that have reached their end, as their parent was told. */
  readonly ended: number;
}

interface Ref {
  send(event: Message): void;
}

interface Message {
  readonly type: string;
}

/** Begins a round; `done` is called at its end with what was counted. */
interface Go extends Message {
  readonly size: number;
  readonly done: (counted: number) => void;
}

interface From extends Message {
  readonly from: Ref;
}

interface Counted extends Message {
  readonly counted: number;
}

export function statecharts(host: Host): SavinaBenchmarks {
  const start = (machine: AnyStateMachine, id: string, input: object = {}) =>
    host.start(host.prepare(machine), id, input);
  return {
    pingPong({ size }) {
      const ping = start(pingChart, 'ping', { pong: start(pongChart, 'pong') });
      return rounds(ping, size);
    },
    counting({ size }) {
      const producer = start(producerChart, 'producer', {
        counter: start(counterChart, 'counter'),
      });
      return rounds(producer, size);
    },
    threadRing({ actors, size }) {
      const ring = Array.from({ length: actors }, (_, i) => start(ringChart, `ring-${i}`));
      ring.forEach((actor, i) => {
        actor.send({ type: 'NEXT', next: ring[(i + 1) % actors] } as Message);
      });
      return rounds(ring[0] as Ref, size);
    },
    forkJoinCreate({ size }) {
      const machine = host.prepare(workerChart);
      return async () => {
        const before = host.ended;
        for (let i = 0; i < size; i++) {
          host.start(machine, `worker-${i}`, {}).send({ type: 'WORK', theta: 37.2 } as Message);
        }
        return host.ended - before;
      };
    },
    big({ actors, size }) {
      const sink = start(sinkChart, 'sink', { expected: actors });
      const peers: Ref[] = [];
      for (let i = 0; i < actors; i++) {
        peers.push(start(bigChart, `big-${i}`, { peers, sink, seed: i + 1 }));
      }
      return () =>
        new Promise((done) => {
          sink.send({ type: 'GO', size, done } as Go);
          for (const peer of peers) peer.send({ type: 'GO', size } as Go);
        });
    },
  };
}

function rounds(first: Ref, size: number): Round {
  return () => new Promise((done) => first.send({ type: 'GO', size, done } as Go));
}

type Handler<Context, Event extends Message> = (
  args: Readonly<{ context: Context; event: Event; self: Ref }>,
) => void;

/**
 * A chart of one state whose handlers are plain actions. Each actor's context is its own, made of
 * its input, and the handlers change it in place.
 */
function reactive<Context extends object>(
  initial: Partial<Context>,
  handlers: Record<string, Handler<Context, never>>,
): AnyStateMachine {
  return createMachine({
    context: (({ input }: { input: object }) => ({ ...initial, ...input })) as never,
    on: Object.fromEntries(
      Object.entries(handlers).map(([type, actions]) => [type, { actions: actions as never }]),
    ),
  }) as unknown as AnyStateMachine;
}

interface Player {
  readonly pong: Ref;
  left: number;
  counted: number;
  done: Go['done'];
}

const pingChart = reactive<Player>(
  { left: 0, counted: 0, done: ignore },
  {
    GO: (({ context, event, self }) => {
      context.left = event.size;
      context.counted = 0;
      context.done = event.done;
      context.pong.send({ type: 'PING', from: self } as From);
    }) satisfies Handler<Player, Go>,
    PONG: (({ context, self }) => {
      context.counted += 2;
      context.left -= 1;
      if (context.left > 0) context.pong.send({ type: 'PING', from: self } as From);
      else context.done(context.counted);
    }) satisfies Handler<Player, Message>,
  },
);

const pongChart = reactive<{ pings: number }>(
  { pings: 0 },
  {
    PING: (({ context, event, self }) => {
      context.pings += 1;
      event.from.send({ type: 'PONG', from: self } as From);
    }) satisfies Handler<{ pings: number }, From>,
  },
);

interface Producer {
  readonly counter: Ref;
  done: Go['done'];
}

const producerChart = reactive<Producer>(
  { done: ignore },
  {
    GO: (({ context, event, self }) => {
      context.done = event.done;
      for (let i = 0; i < event.size; i++) context.counter.send({ type: 'INCREMENT' });
      context.counter.send({ type: 'RETRIEVE', from: self } as From);
    }) satisfies Handler<Producer, Go>,
    RESULT: (({ context, event }) => context.done(event.counted)) satisfies Handler<
      Producer,
      Counted
    >,
  },
);

const counterChart = reactive<{ counted: number }>(
  { counted: 0 },
  {
    INCREMENT: (({ context }) => {
      context.counted += 1;
    }) satisfies Handler<{ counted: number }, Message>,
    RETRIEVE: (({ context, event }) => {
      event.from.send({ type: 'RESULT', counted: context.counted } as Counted);
      context.counted = 0;
    }) satisfies Handler<{ counted: number }, From>,
  },
);

interface Ring {
  next: Ref;
}

interface Token extends Message {
  readonly left: number;
  readonly go: Go;
}

const ringChart = reactive<Ring>(
  { next: { send: ignore } },
  {
    NEXT: (({ context, event }) => {
      context.next = event.next;
    }) satisfies Handler<Ring, Message & { readonly next: Ref }>,
    GO: (({ context, event }) => {
      context.next.send({ type: 'TOKEN', left: event.size - 1, go: event } as Token);
    }) satisfies Handler<Ring, Go>,
    TOKEN: (({ context, event }) => {
      const { left, go } = event;
      if (left > 0) context.next.send({ type: 'TOKEN', left: left - 1, go } as Token);
      else go.done(go.size);
    }) satisfies Handler<Ring, Token>,
  },
);

const workerChart = createMachine({
  initial: 'ready',
  states: {
    ready: {
      on: {
        WORK: {
          target: 'done',
          actions: (({ event }) => void compute(event.theta)) as Handler<
            object,
            Message & { readonly theta: number }
          > as never,
        },
      },
    },
    done: { type: 'final' },
  },
}) as AnyStateMachine;

interface Big {
  readonly peers: readonly Ref[];
  readonly sink: Ref;
  seed: number;
  left: number;
  counted: number;
}

const bigChart = reactive<Big>(
  { left: 0, counted: 0 },
  {
    GO: (({ context, event, self }) => {
      context.left = event.size;
      context.counted = 0;
      pingOneOf(context, self);
    }) satisfies Handler<Big, Go>,
    PING: (({ event, self }) => {
      event.from.send({ type: 'PONG', from: self } as From);
    }) satisfies Handler<Big, From>,
    PONG: (({ context, self }) => {
      context.counted += 2;
      context.left -= 1;
      if (context.left > 0) pingOneOf(context, self);
      else context.sink.send({ type: 'EXIT', counted: context.counted } as Counted);
    }) satisfies Handler<Big, Message>,
  },
);

function pingOneOf(context: Big, self: Ref): void {
  context.seed = nextRandom(context.seed);
  const peer = context.peers[(context.seed >>> 8) % context.peers.length] as Ref;
  peer.send({ type: 'PING', from: self } as From);
}

interface Sink {
  readonly expected: number;
  left: number;
  counted: number;
  done: Go['done'];
}

const sinkChart = reactive<Sink>(
  { left: 0, counted: 0, done: ignore },
  {
    GO: (({ context, event }) => {
      context.left = context.expected;
      context.counted = 0;
      context.done = event.done;
    }) satisfies Handler<Sink, Go>,
    EXIT: (({ context, event }) => {
      context.counted += event.counted;
      context.left -= 1;
      if (context.left === 0) context.done(context.counted);
    }) satisfies Handler<Sink, Counted>,
  },
);

function ignore(): void {}
