%% The contestant's side of the contract, and the measuring loop of harness/repeat.ts.
-module(bench).
-export([main/1, micros_each/2, per_second/2]).

%% Parameters in, one number out. A module under test exports run/1.
main(Module) ->
    Parameters = pairs(init:get_plain_arguments()),
    try Module:run(Parameters) of
        Value ->
            io:format("~w~n", [Value]),
            halt(0)
    catch
        Class:Reason:Stack ->
            io:format(standard_error, "~p: ~p~n~p~n", [Class, Reason, Stack]),
            halt(1)
    end.

pairs([Key, Value | Rest]) ->
    maps:put(list_to_atom(Key), value(Value), pairs(Rest));
pairs([]) ->
    #{}.

value(Text) ->
    try
        list_to_integer(Text)
    catch
        error:badarg -> list_to_atom(Text)
    end.

%% Batch is a fun that does a piece of work and returns how many operations it was.
micros_each(Batch, Parameters) ->
    {Operations, Nanos} = repeat(Batch, Parameters),
    Nanos / 1000 / Operations.

per_second(Batch, Parameters) ->
    {Operations, Nanos} = repeat(Batch, Parameters),
    Operations / Nanos * 1.0e9.

repeat(Batch, #{warmupMs := Warmup, measureMs := Measure}) ->
    repeat_for(Batch, Warmup, now_nanos(), 0),
    repeat_for(Batch, Measure, now_nanos(), 0).

repeat_for(Batch, AtLeastMs, Begin, Operations) ->
    Total = Operations + Batch(),
    case now_nanos() - Begin of
        Nanos when Nanos >= AtLeastMs * 1000000 -> {Total, Nanos};
        _ -> repeat_for(Batch, AtLeastMs, Begin, Total)
    end.

now_nanos() ->
    erlang:monotonic_time(nanosecond).
