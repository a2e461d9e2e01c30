import { Effect, Fiber, Queue } from 'effect';
import { contest } from '../harness/contest.ts';
import {
  compute,
  measureSavina,
  nextRandom,
  type Round,
  type SavinaBenchmarks,
  type SavinaParameters,
} from '../harness/savina.ts';
import type { ContestParameters } from '../harness/scenario.ts';

/** An actor is a fiber that takes from a queue of its own; a round makes and ends all of them. */
type Mailbox<Message> = Queue.Queue<Message>;

type Ball = { readonly type: 'PONG' } | { readonly type: 'PING'; readonly from: Mailbox<Ball> };

const benchmarks: SavinaBenchmarks = {
  pingPong: ({ size }) => round(pingPong(size)),
  counting: ({ size }) => round(counting(size)),
  threadRing: ({ actors, size }) => round(threadRing(actors, size)),
  forkJoinCreate: ({ size }) => round(forkJoinCreate(size)),
  big: ({ actors, size }) => round(big(actors, size)),
};

function round(effect: Effect.Effect<number>): Round {
  return () => Effect.runPromise(effect);
}

const pingPong = Effect.fn(function* (size: number) {
  const pings: Mailbox<Ball> = yield* Queue.unbounded<Ball>();
  const pongs: Mailbox<Ball> = yield* Queue.unbounded<Ball>();
  yield* Effect.forkChild(pong(pings));
  let counted = 0;
  for (let left = size; left > 0; left--) {
    yield* Queue.offer(pings, { type: 'PING', from: pongs });
    yield* Queue.take(pongs);
    counted += 2;
  }
  return counted;
});

const pong = Effect.fnUntraced(function* (pings: Mailbox<Ball>) {
  for (;;) {
    const message = yield* Queue.take(pings);
    if (message.type === 'PING') yield* Queue.offer(message.from, { type: 'PONG' });
  }
});

type Count = { readonly type: 'INCREMENT' } | { readonly type: 'RETRIEVE'; from: Mailbox<number> };

const counting = Effect.fn(function* (size: number) {
  const counts: Mailbox<Count> = yield* Queue.unbounded<Count>();
  const results: Mailbox<number> = yield* Queue.unbounded<number>();
  yield* Effect.forkChild(counter(counts));
  for (let i = 0; i < size; i++) yield* Queue.offer(counts, { type: 'INCREMENT' });
  yield* Queue.offer(counts, { type: 'RETRIEVE', from: results });
  return yield* Queue.take(results);
});

const counter = Effect.fnUntraced(function* (counts: Mailbox<Count>) {
  let counted = 0;
  for (;;) {
    const message = yield* Queue.take(counts);
    if (message.type === 'INCREMENT') counted += 1;
    else yield* Queue.offer(message.from, counted);
  }
});

interface Token {
  readonly left: number;
}

const threadRing = Effect.fn(function* (actors: number, size: number) {
  const mailboxes: Mailbox<Token>[] = [];
  for (let i = 0; i < actors; i++) mailboxes.push(yield* Queue.unbounded<Token>());
  const finished: Mailbox<number> = yield* Queue.unbounded<number>();
  for (const [i, own] of mailboxes.entries()) {
    const next = mailboxes[(i + 1) % actors] as Mailbox<Token>;
    yield* Effect.forkChild(ringActor(own, next, finished, size));
  }
  yield* Queue.offer(mailboxes[1 % actors] as Mailbox<Token>, { left: size - 1 });
  return yield* Queue.take(finished);
});

const ringActor = Effect.fnUntraced(function* (
  own: Mailbox<Token>,
  next: Mailbox<Token>,
  finished: Mailbox<number>,
  size: number,
) {
  for (;;) {
    const { left } = yield* Queue.take(own);
    if (left > 0) yield* Queue.offer(next, { left: left - 1 });
    else yield* Queue.offer(finished, size);
  }
});

interface Work {
  readonly theta: number;
}

const forkJoinCreate = Effect.fn(function* (size: number) {
  const workers: Fiber.Fiber<void>[] = [];
  for (let i = 0; i < size; i++) {
    const mailbox: Mailbox<Work> = yield* Queue.unbounded<Work>();
    workers.push(yield* Effect.forkChild(worker(mailbox)));
    yield* Queue.offer(mailbox, { theta: 37.2 });
  }
  yield* Fiber.joinAll(workers);
  return workers.length;
});

const worker = Effect.fnUntraced(function* (mailbox: Mailbox<Work>) {
  const { theta } = yield* Queue.take(mailbox);
  compute(theta);
});

const big = Effect.fn(function* (actors: number, size: number) {
  const peers: Mailbox<Ball>[] = [];
  for (let i = 0; i < actors; i++) peers.push(yield* Queue.unbounded<Ball>());
  const sink: Mailbox<number> = yield* Queue.unbounded<number>();
  for (const [i, own] of peers.entries()) {
    yield* Effect.forkChild(bigActor(own, peers, sink, i + 1, size));
  }
  let counted = 0;
  for (let i = 0; i < actors; i++) counted += yield* Queue.take(sink);
  return counted;
});

const bigActor = Effect.fnUntraced(function* (
  own: Mailbox<Ball>,
  peers: readonly Mailbox<Ball>[],
  sink: Mailbox<number>,
  firstSeed: number,
  size: number,
) {
  let seed = firstSeed;
  let left = size;
  let counted = 0;
  const ping = () => {
    seed = nextRandom(seed);
    const peer = peers[(seed >>> 8) % peers.length] as Mailbox<Ball>;
    return Queue.offer(peer, { type: 'PING', from: own });
  };
  yield* ping();
  for (;;) {
    const message = yield* Queue.take(own);
    if (message.type === 'PING') {
      yield* Queue.offer(message.from, { type: 'PONG' });
    } else {
      counted += 2;
      left -= 1;
      if (left > 0) yield* ping();
      else yield* Queue.offer(sink, counted);
    }
  }
});

await contest<ContestParameters<object> & SavinaParameters>(async (parameters) => ({
  value: await measureSavina(benchmarks, parameters),
}));
