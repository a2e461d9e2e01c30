import { type Ref, dispatch as send, spawn, start, stop } from 'nact';
import { contest } from '../harness/contest.ts';
import {
  compute,
  measureSavina,
  nextRandom,
  type SavinaBenchmarks,
  type SavinaParameters,
} from '../harness/savina.ts';
import type { ContestParameters } from '../harness/scenario.ts';

type Done = (counted: number) => void;
type Go = { readonly type: 'GO'; readonly size: number; readonly done: Done };
type Message =
  | Go
  | { readonly type: 'PING' | 'PONG' | 'RETRIEVE'; readonly from: Ref<Message> }
  | { readonly type: 'INCREMENT' }
  | { readonly type: 'RESULT' | 'EXIT'; readonly counted: number }
  | { readonly type: 'TOKEN'; readonly left: number; readonly go: Go }
  | { readonly type: 'WORK'; readonly theta: number };

type Self = Ref<Message>;
type Behaviour = (message: Message, self: Self) => void;

await contest<ContestParameters<object> & SavinaParameters>(async (parameters) => {
  const system = start();
  let made = 0;

  /** An actor that keeps its state in its behaviour, which spares nact a state of its own. */
  function actor(behave: Behaviour): Self {
    const receive = (_: undefined, message: Message, { self }: { self: Self }): undefined =>
      void behave(message, self);
    return spawn(system, receive as never, `actor-${made++}`) as unknown as Self;
  }

  const value = await measureSavina(benchmarks(actor), parameters);
  stop(system);
  return { value };
});

function benchmarks(actor: (behave: Behaviour) => Self): SavinaBenchmarks {
  const rounds = (first: Self, size: number) => () =>
    new Promise<number>((done) => send(first, { type: 'GO', size, done }));
  return {
    pingPong({ size }) {
      const pong = actor((message, self) => {
        if (message.type === 'PING') send(message.from, { type: 'PONG', from: self });
      });
      return rounds(actor(pinger(pong)), size);
    },
    counting({ size }) {
      return rounds(actor(producer(actor(counter()))), size);
    },
    threadRing({ actors, size }) {
      const ring: Self[] = [];
      for (let i = 0; i < actors; i++) ring.push(actor(ringActor(ring, (i + 1) % actors)));
      return rounds(ring[0] as Self, size);
    },
    forkJoinCreate({ size }) {
      return () =>
        new Promise((done) => {
          let ended = 0;
          const work: Behaviour = (message, self) => {
            if (message.type === 'WORK') compute(message.theta);
            stop(self);
            ended += 1;
            if (ended === size) done(ended);
          };
          for (let i = 0; i < size; i++) send(actor(work), { type: 'WORK', theta: 37.2 });
        });
    },
    big({ actors, size }) {
      const sink = actor(collector(actors));
      const peers: Self[] = [];
      for (let i = 0; i < actors; i++) peers.push(actor(bigActor(peers, sink, i + 1)));
      return () =>
        new Promise((done) => {
          send(sink, { type: 'GO', size, done });
          for (const peer of peers) send(peer, { type: 'GO', size, done: () => {} });
        });
    },
  };
}

function pinger(pong: Self): Behaviour {
  let left = 0;
  let counted = 0;
  let done: Done;
  return (message, self) => {
    if (message.type === 'GO') {
      left = message.size;
      counted = 0;
      done = message.done;
    } else {
      counted += 2;
      left -= 1;
    }
    if (left > 0) send(pong, { type: 'PING', from: self });
    else done(counted);
  };
}

function producer(target: Self): Behaviour {
  let done: Done;
  return (message, self) => {
    if (message.type === 'GO') {
      done = message.done;
      for (let i = 0; i < message.size; i++) send(target, { type: 'INCREMENT' });
      send(target, { type: 'RETRIEVE', from: self });
    } else if (message.type === 'RESULT') {
      done(message.counted);
    }
  };
}

function counter(): Behaviour {
  let counted = 0;
  return (message) => {
    if (message.type === 'INCREMENT') {
      counted += 1;
    } else if (message.type === 'RETRIEVE') {
      send(message.from, { type: 'RESULT', counted });
      counted = 0;
    }
  };
}

function ringActor(ring: readonly Self[], nextIndex: number): Behaviour {
  return (message) => {
    const next = ring[nextIndex] as Self;
    if (message.type === 'GO') {
      send(next, { type: 'TOKEN', left: message.size - 1, go: message });
    } else if (message.type === 'TOKEN') {
      const { left, go } = message;
      if (left > 0) send(next, { type: 'TOKEN', left: left - 1, go });
      else go.done(go.size);
    }
  };
}

function bigActor(peers: readonly Self[], sink: Self, firstSeed: number): Behaviour {
  let seed = firstSeed;
  let left = 0;
  let counted = 0;
  const ping = (self: Self) => {
    seed = nextRandom(seed);
    send(peers[(seed >>> 8) % peers.length] as Self, { type: 'PING', from: self });
  };
  return (message, self) => {
    if (message.type === 'PING') {
      send(message.from, { type: 'PONG', from: self });
    } else if (message.type === 'GO') {
      left = message.size;
      counted = 0;
      ping(self);
    } else if (message.type === 'PONG') {
      counted += 2;
      left -= 1;
      if (left > 0) ping(self);
      else send(sink, { type: 'EXIT', counted });
    }
  };
}

function collector(actors: number): Behaviour {
  let left = 0;
  let counted = 0;
  let done: Done;
  return (message) => {
    if (message.type === 'GO') {
      left = actors;
      counted = 0;
      done = message.done;
    } else if (message.type === 'EXIT') {
      counted += message.counted;
      left -= 1;
      if (left === 0) done(counted);
    }
  };
}
