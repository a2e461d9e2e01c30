%% The executions of statechart_lifecycle.erl below a simple_one_for_one supervisor, so many of them
%% alive while others come and go; a batch ends when the supervisor has heard of the last end.
-module(supervision_scale).
-export([run/1]).

-define(BATCH, 1000).

run(Parameters = #{live := Live, measure := Measure}) ->
    {ok, Supervisor} = statechart_lifecycle:start_supervisor(),
    Before = memory(),
    Children = spawn_many(Supervisor, Live),
    case Measure of
        heap ->
            (memory() - Before) / Live;
        time ->
            put(children, queue:from_list(Children)),
            bench:micros_each(fun() -> batch(Supervisor, Parameters) end, Parameters)
    end.

batch(Supervisor, #{live := Live, ends := Ends}) ->
    Added = spawn_many(Supervisor, ?BATCH),
    case Ends of
        newest -> lists:foreach(fun finish/1, Added);
        oldest -> put(children, lists:foldl(fun replace_oldest/2, get(children), Added))
    end,
    settle(Supervisor, Live),
    ?BATCH.

replace_oldest(Child, Children) ->
    {{value, Oldest}, Rest} = queue:out(Children),
    finish(Oldest),
    queue:in(Child, Rest).

finish(Child) ->
    gen_statem:cast(Child, {task_done, 1}),
    gen_statem:cast(Child, done).

spawn_many(Supervisor, Count) ->
    [spawn_one(Supervisor, Id) || Id <- lists:seq(1, Count)].

spawn_one(Supervisor, Id) ->
    {ok, Child} = statechart_lifecycle:start_child(Supervisor, Id),
    gen_statem:cast(Child, start),
    Child.

settle(Supervisor, Live) ->
    case proplists:get_value(workers, supervisor:count_children(Supervisor)) of
        Live -> ok;
        _ -> settle(Supervisor, Live)
    end.

memory() ->
    erlang:garbage_collect(),
    timer:sleep(50),
    erlang:memory(total).
