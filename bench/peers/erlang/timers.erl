%% The chart of charts/waiting.ts as a gen_statem with a state timeout.
-module(timers).
-behaviour(gen_statem).
-export([run/1, init/1, callback_mode/0, idle/3, waiting/3]).

-define(BATCH, 1000).
-define(LATER, 3600000).

run(Parameters = #{live := Live, ends := Ends}) ->
    [gen_statem:cast(start_one(), arm) || _ <- lists:seq(1, Live)],
    Toggled = start_one(),
    Batch =
        case Ends of
            state -> fun() -> toggle(Toggled, ?BATCH) end;
            actor -> fun() -> finish(?BATCH) end
        end,
    bench:micros_each(Batch, Parameters).

toggle(Toggled, 0) ->
    idle = gen_statem:call(Toggled, state),
    ?BATCH;
toggle(Toggled, N) ->
    gen_statem:cast(Toggled, arm),
    gen_statem:cast(Toggled, leave),
    toggle(Toggled, N - 1).

finish(0) ->
    ?BATCH;
finish(N) ->
    {ok, {Pid, Monitor}} = gen_statem:start_monitor(?MODULE, none, []),
    gen_statem:cast(Pid, arm),
    gen_statem:cast(Pid, finish),
    receive
        {'DOWN', Monitor, process, Pid, normal} -> finish(N - 1)
    end.

start_one() ->
    {ok, Pid} = gen_statem:start(?MODULE, none, []),
    Pid.

init(none) ->
    {ok, idle, none}.

callback_mode() ->
    state_functions.

idle(cast, arm, _) ->
    {next_state, waiting, none, [{state_timeout, ?LATER, expired}]};
idle({call, From}, state, _) ->
    {keep_state_and_data, [{reply, From, idle}]}.

waiting(cast, leave, _) ->
    {next_state, idle, none};
waiting(cast, finish, _) ->
    {stop, normal};
waiting(state_timeout, expired, _) ->
    {next_state, idle, none}.
