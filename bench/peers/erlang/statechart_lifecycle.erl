%% The chart of charts/execution.ts as a gen_statem, temporary children of a simple_one_for_one
%% supervisor. Started one after the other, driven by casts; a batch ends when the supervisor has
%% heard of the last end.
-module(statechart_lifecycle).
-behaviour(supervisor).
-behaviour(gen_statem).
-export([run/1, start_supervisor/0, start_child/2, start_link/1]).
-export([init/1, callback_mode/0, pending/3, running/3, paused/3]).

-define(BATCH, 1000).
-record(execution, {id, results = [], started_at = 0}).

run(Parameters) ->
    {ok, Supervisor} = start_supervisor(),
    bench:micros_each(fun() -> batch(Supervisor) end, Parameters).

batch(Supervisor) ->
    lives(Supervisor, ?BATCH),
    settle(Supervisor),
    ?BATCH.

lives(_, 0) ->
    ok;
lives(Supervisor, N) ->
    {ok, Child} = start_child(Supervisor, N),
    gen_statem:cast(Child, start),
    gen_statem:cast(Child, {task_done, N}),
    gen_statem:cast(Child, done),
    lives(Supervisor, N - 1).

settle(Supervisor) ->
    case proplists:get_value(active, supervisor:count_children(Supervisor)) of
        0 -> ok;
        _ -> settle(Supervisor)
    end.

start_supervisor() ->
    supervisor:start_link(?MODULE, supervisor).

start_child(Supervisor, Id) ->
    supervisor:start_child(Supervisor, [Id]).

start_link(Id) ->
    gen_statem:start_link(?MODULE, {execution, Id}, []).

init(supervisor) ->
    Flags = #{strategy => simple_one_for_one, intensity => 1, period => 5},
    Child = #{id => execution, start => {?MODULE, start_link, []}, restart => temporary},
    {ok, {Flags, [Child]}};
init({execution, Id}) ->
    {ok, pending, #execution{id = Id}}.

callback_mode() ->
    state_functions.

pending(cast, start, Data) ->
    {next_state, running, Data#execution{started_at = 1}};
pending(cast, cancel, _) ->
    {stop, normal}.

running(cast, {task_done, Value}, Data = #execution{results = Results}) ->
    {keep_state, Data#execution{results = [Value | Results]}};
running(cast, done, #execution{results = [_ | _]}) ->
    {stop, normal};
running(cast, done, _) ->
    keep_state_and_data;
running(cast, pause, Data) ->
    {next_state, paused, Data};
running(cast, Event, _) when Event =:= fail; Event =:= cancel ->
    {stop, normal}.

paused(cast, resume, Data) ->
    {next_state, running, Data#execution{started_at = 1}};
paused(cast, cancel, _) ->
    {stop, normal}.
