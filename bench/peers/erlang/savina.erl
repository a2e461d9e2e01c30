%% The Savina benchmarks with bare processes: no behaviour between a message and its receiver.
-module(savina).
-export([run/1]).

run(Parameters = #{benchmark := Benchmark, actors := Actors, size := Size}) ->
    bench:per_second(batch(Benchmark, Actors, Size), Parameters).

batch(pingPong, _, Size) ->
    Pong = spawn_link(fun pong/0),
    Self = self(),
    Ping = spawn_link(fun() -> ping(Pong, Self) end),
    fun() -> go(Ping, Size, 2 * Size) end;
batch(counting, _, Size) ->
    Counter = spawn_link(fun() -> counter(0) end),
    Self = self(),
    Producer = spawn_link(fun() -> producer(Counter, Self) end),
    fun() -> go(Producer, Size, Size) end;
batch(threadRing, Actors, Size) ->
    Self = self(),
    First = spawn_link(fun() -> ring_first(Actors - 1, Self) end),
    fun() -> go(First, Size, Size) end;
batch(forkJoinCreate, _, Size) ->
    fun() -> fork_join(Size) end;
batch(big, Actors, Size) ->
    Self = self(),
    Sink = spawn_link(fun() -> sink(Actors, Self) end),
    Peers = [spawn_link(fun() -> big_start(Sink, I) end) || I <- lists:seq(1, Actors)],
    Table = list_to_tuple(Peers),
    [Peer ! {peers, Table} || Peer <- Peers],
    fun() ->
        [Peer ! {go, Size} || Peer <- Peers],
        await(2 * Size * Actors)
    end.

go(First, Size, Expected) ->
    First ! {go, Size},
    await(Expected).

await(Expected) ->
    receive
        {done, Expected} -> Expected
    end.

ping(Pong, Owner) ->
    receive
        {go, Size} ->
            Pong ! {ping, self()},
            ping(Pong, Owner, Size, 0)
    end.

ping(Pong, Owner, Left, Counted) ->
    receive
        pong when Left > 1 ->
            Pong ! {ping, self()},
            ping(Pong, Owner, Left - 1, Counted + 2);
        pong ->
            Owner ! {done, Counted + 2},
            ping(Pong, Owner)
    end.

pong() ->
    receive
        {ping, From} ->
            From ! pong,
            pong()
    end.

producer(Counter, Owner) ->
    receive
        {go, Size} ->
            increment(Counter, Size),
            Counter ! {retrieve, self()},
            receive
                {result, Counted} -> Owner ! {done, Counted}
            end,
            producer(Counter, Owner)
    end.

increment(_, 0) ->
    ok;
increment(Counter, N) ->
    Counter ! increment,
    increment(Counter, N - 1).

counter(Counted) ->
    receive
        increment ->
            counter(Counted + 1);
        {retrieve, From} ->
            From ! {result, Counted},
            counter(0)
    end.

ring_first(Others, Owner) ->
    First = self(),
    Next = lists:foldl(fun(_, Next) -> spawn_link(fun() -> ring(Next, Owner) end) end, First, lists:seq(1, Others)),
    ring(Next, Owner).

ring(Next, Owner) ->
    receive
        {go, Size} ->
            Next ! {token, Size - 1, Size},
            ring(Next, Owner);
        {token, 0, Size} ->
            Owner ! {done, Size},
            ring(Next, Owner);
        {token, Left, Size} ->
            Next ! {token, Left - 1, Size},
            ring(Next, Owner)
    end.

fork_join(Size) ->
    Self = self(),
    fork(Self, Size),
    join(Size),
    Size.

fork(_, 0) ->
    ok;
fork(Self, N) ->
    spawn(fun() -> worker(Self) end) ! {work, 37.2},
    fork(Self, N - 1).

worker(Owner) ->
    receive
        {work, Theta} ->
            Sine = math:sin(Theta),
            true = Sine * Sine >= 0,
            Owner ! ended
    end.

join(0) ->
    ok;
join(N) ->
    receive
        ended -> join(N - 1)
    end.

big_start(Sink, Seed) ->
    receive
        {peers, Peers} -> big_idle(Peers, Sink, Seed)
    end.

big_idle(Peers, Sink, Seed) ->
    receive
        {go, Size} ->
            big(Peers, Sink, ping_one_of(Peers, Seed), Size, 0);
        {ping, From} ->
            From ! pong,
            big_idle(Peers, Sink, Seed)
    end.

big(Peers, Sink, Seed, Left, Counted) ->
    receive
        {ping, From} ->
            From ! pong,
            big(Peers, Sink, Seed, Left, Counted);
        pong when Left > 1 ->
            big(Peers, Sink, ping_one_of(Peers, Seed), Left - 1, Counted + 2);
        pong ->
            Sink ! {exit, Counted + 2},
            big_idle(Peers, Sink, Seed)
    end.

ping_one_of(Peers, Seed) ->
    Next = (Seed * 1103515245 + 12345) band 16#7fffffff,
    element((Next bsr 8) rem tuple_size(Peers) + 1, Peers) ! {ping, self()},
    Next.

sink(Actors, Owner) ->
    sink(Actors, Owner, Actors, 0).

sink(Actors, Owner, 0, Counted) ->
    Owner ! {done, Counted},
    sink(Actors, Owner);
sink(Actors, Owner, Left, Counted) ->
    receive
        {exit, N} -> sink(Actors, Owner, Left - 1, Counted + N)
    end.
