using Halyard.DataInterfaces;

namespace Halyard.Tests;

public sealed class SourceChainTests : IAsyncDisposable
{
    private static readonly SourceFailure Refused = new(DataSourceErrorKind.ErrorResponse, 401, "refused");

    private readonly ChainFixture _it = new();

    public ValueTask DisposeAsync() => _it.DisposeAsync();

    /// <summary>Fallback after 120 s, recovery after 300 s, slow start after 10 s; no jitter. For the steps see <see cref="ChainFixture.PlayAsync"/>.</summary>
    [Theory]
    [InlineData("ab", ">a +9 +1 >b", DataSourceState.Initializing)]
    [InlineData("ab", ">a +9 a:progress +9 a:progress +9 +1 >b", DataSourceState.Initializing)]
    [InlineData("ab", ">a a:fail +9 +1 >b b:valid", DataSourceState.Valid)]
    [InlineData("ab", ">a a:valid +1000 a:valid +1000", DataSourceState.Valid)]
    [InlineData("ab", ">a a:valid +60 a:fail +119 +1 >b", DataSourceState.Interrupted)]
    [InlineData("ab", ">a a:valid a:fail +60 a:fail +60 >b", DataSourceState.Interrupted)]
    [InlineData("ab", ">a a:valid a:fail +100 a:valid a:fail +119 +1 >b", DataSourceState.Interrupted)]
    [InlineData("ab", ">a +10 >b b:valid +299 +1 >a", DataSourceState.Valid)]
    [InlineData("ab", ">a +10 >b b:valid +200 b:fail b:valid +299 +1 >a", DataSourceState.Valid)]
    [InlineData("ab", ">a +10 >b b:valid +300 >a a:fail +9 +1 >b b:valid", DataSourceState.Valid)]
    [InlineData("ab", ">a +10 >b b:valid +300 >a a:valid +5000", DataSourceState.Valid)]
    [InlineData("abc", ">a +10 >b +10 >c +10 >a +10 >b", DataSourceState.Initializing)]
    [InlineData("ab", ">a a:fail +10 >b b:fail +10 >a a:fail +119 +1 >b b:fail +119 +1 >a", DataSourceState.Initializing)]
    [InlineData("ab", ">a a:off >b b:valid +300 +300 +300", DataSourceState.Valid)]
    [InlineData("ab", ">a a:valid a:off >b b:valid b:fail +1000", DataSourceState.Interrupted)]
    [InlineData("abc", ">a a:off >b +10 >c c:valid +300 >b", DataSourceState.Valid)]
    [InlineData("abc", ">a +10 >b b:off >c c:valid +300 >a", DataSourceState.Valid)]
    [InlineData("ab", ">a a:401 >b b:valid +299 +1 >a", DataSourceState.Valid)]
    [InlineData("ab", ">a a:401 >b b:valid +300 >a a:401 >b b:valid +599 +1 >a", DataSourceState.Valid)]
    [InlineData("ab", ">a a:401 >b b:valid +300 >a a:valid a:401 >b b:valid +300 >a", DataSourceState.Valid)]
    [InlineData("ab", ">a a:401 >b b:401 ~300 >a", DataSourceState.Initializing)]
    [InlineData("ab", ">a a:401 >b b:fail +299 +1 >a", DataSourceState.Initializing)]
    [InlineData("a", ">a +5000", DataSourceState.Initializing)]
    [InlineData("a", ">a a:valid a:fail +5000", DataSourceState.Interrupted)]
    [InlineData("a", ">a a:401 ~300 >a a:401 ~600 >a a:valid", DataSourceState.Valid)]
    [InlineData("ab", ">a a:v1/60 >1 1:valid +59 +1 >a", DataSourceState.Valid)]
    [InlineData("ab", ">a a:valid a:v1/0 >1 1:fail +100000", DataSourceState.Interrupted)]
    [InlineData("ab", ">a a:v1/60 >1 1:off +59 +1 >a", DataSourceState.Initializing)]
    [InlineData("ab", ">a a:v1/60 >1 1:401 +59 +1 >a", DataSourceState.Initializing)]
    [InlineData("ab", ">a a:v1/60 >1 1:v1/5 1:valid +59 +1 >a", DataSourceState.Valid)]
    [InlineData("ab", ">a +10 >b b:v1/60 >1 1:valid +60 >a", DataSourceState.Valid)]
    [InlineData("ab", ">a a:data=s1 a:fail +120 >b@s1 b:data=s2 +300 >a@s2", DataSourceState.Valid)]
    public async Task Sources_take_turns(string sources, string timeline, DataSourceState state)
    {
        foreach (var name in sources)
        {
            _it.Synchronizers.Add(_it.Source(name.ToString()));
        }

        _it.Fdv1Fallback = _it.Source("1");
        await _it.StartAsync();
        await _it.PlayAsync(timeline);
        Assert.Equal(state, _it.State);
    }

    [Fact]
    public async Task Every_rule_can_be_turned_off()
    {
        _it.Rules = new(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _it.Synchronizers.AddRange([_it.Source("a"), _it.Source("b")]);
        await _it.StartAsync();
        await _it.PlayAsync(">a +100000 a:fail +100000 a:valid a:fail +100000 a:off >b b:valid +100000");
        Assert.Equal(DataSourceState.Valid, _it.State);
    }

    [Fact]
    public async Task The_status_says_which_source_is_in_use_and_why_the_one_before_was_left()
    {
        _it.Synchronizers.AddRange([_it.Source("a"), _it.Source("b")]);
        await _it.StartAsync();
        var start = _it.Time.GetUtcNow();
        await _it.PlayAsync(">a");
        Assert.Equal(new ActiveSource("a", start, null, null), _it.Status.Current.Active);
        await _it.PlayAsync("a:valid a:fail +120 >b");
        Assert.Equal(new ActiveSource("b", start.AddSeconds(120), "a", "interrupted for 2 minutes: a fails"), _it.Status.Current.Active);
        await _it.PlayAsync("b:valid +300 >a");
        Assert.Equal(new ActiveSource("a", start.AddSeconds(420), "b", "a better source is tried again"), _it.Status.Current.Active);
        await _it.PlayAsync("+10 >b");
        Assert.Equal("no data within 10 seconds", _it.Status.Current.Active!.LeftBecause);
    }

    [Fact]
    public async Task When_all_sources_have_ended_for_good_so_has_the_whole()
    {
        _it.Synchronizers.AddRange([_it.Source("a"), _it.Source("b")]);
        await _it.StartAsync();
        await _it.PlayAsync(">a a:off >b b:off");
        Assert.False(await _it.Status.FirstOutcome.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Equal((DataSourceState.Off, "b is off", 403), (_it.State, _it.Status.Current.LastError!.Message, _it.Status.Current.LastError.StatusCode));
    }

    [Fact]
    public async Task A_refusal_by_one_source_does_not_end_a_start_that_another_may_serve()
    {
        _it.Synchronizers.AddRange([_it.Source("a"), _it.Source("b")]);
        await _it.StartAsync();
        await _it.PlayAsync(">a a:401 >b");
        Assert.False(_it.Status.FirstOutcome.IsCompleted);
        await _it.PlayAsync("b:401");
        Assert.False(await _it.Status.FirstOutcome.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Equal(DataSourceState.Initializing, _it.State);
        await _it.Time.PassAsync(TimeSpan.FromMinutes(5));
        await _it.NextAsync("a");
    }

    [Theory]
    [InlineData("0", DataSourceState.Off)]
    [InlineData("60", DataSourceState.Initializing)]
    public async Task An_order_without_a_source_of_FDv1_stops_every_connection(string seconds, DataSourceState state)
    {
        _it.Synchronizers.AddRange([_it.Source("a"), _it.Source("b")]);
        await _it.StartAsync();
        await _it.PlayAsync($">a a:v1/{seconds}");
        Assert.False(await _it.Status.FirstOutcome.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Equal(state, _it.State);
        Assert.Null(_it.Status.Current.Active!.Name);
        await _it.Ends.EntryAsync(1);
        if (seconds == "60")
        {
            // It is waited out: nothing else could mend it.
            await _it.Time.PassAsync(TimeSpan.FromMinutes(1));
            await _it.NextAsync("a");
        }
    }

    [Fact]
    public async Task Data_of_FDv1_has_no_state_to_go_on_from()
    {
        _it.Synchronizers.Add(_it.Source("a"));
        _it.Fdv1Fallback = _it.Source("1");
        await _it.StartAsync(new("s0", 1));
        await _it.PlayAsync(">a@s0 a:data=s1 a:v1/60 >1@s1");
        _it["1"].Destination!.Init(DataSet.Empty);
        await _it.PlayAsync("1:valid +60 >a");
    }

    [Fact]
    public async Task A_source_that_was_left_can_neither_write_nor_report()
    {
        _it.Synchronizers.AddRange([_it.Source("a"), _it.Source("b")]);
        await _it.StartAsync();
        await _it.PlayAsync(">a +10 >b");
        var error = _it.Status.Current.LastError;
        _it["a"].Do("data=s1");
        _it["a"].Do("fail");
        _it["a"].Do("off");
        Assert.False(_it.Store.Initialized);
        Assert.Equal((DataSourceState.Initializing, error), (_it.State, _it.Status.Current.LastError));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_source_that_cannot_be_made_or_started_is_left(bool isMade)
    {
        _it.Synchronizers.Add(new("bad", status => isMade ? new Unstartable(_it) : throw new InvalidOperationException("broken")));
        _it.Synchronizers.Add(_it.Source("b"));
        await _it.StartAsync();
        if (isMade)
        {
            await _it.NextAsync("bad");
        }

        await _it.NextAsync("b");
        Assert.Contains("broken", _it.Status.Current.Active!.LeftBecause, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Initializers_are_asked_in_order_until_one_gives_data_of_a_known_state()
    {
        _it.Initializers.Add(_it.Initializer("i1", _ => Task.FromResult<SourceFailure?>(Refused)));
        _it.Initializers.Add(_it.Initializer("i2", _ => throw new InvalidOperationException("broken")));
        _it.Initializers.Add(_it.Initializer("i3", d => WriteAsync(d, null)));
        _it.Initializers.Add(_it.Initializer("i4", d => WriteAsync(d, "s4")));
        _it.Initializers.Add(_it.Initializer("i5", d => WriteAsync(d, "s5")));
        _it.Synchronizers.Add(_it.Source("a"));
        await _it.StartAsync();
        await _it.PlayAsync(">i1 >i2 >i3 >i4 >a@s4");
        Assert.Equal(DataSourceState.Valid, _it.State);
        Assert.Equal(("a", "i4"), (_it.Status.Current.Active!.Name, _it.Status.Current.Active.PreviousName));
    }

    [Theory]
    [InlineData("s0", ">a@s0")]
    [InlineData("", ">i1 >a@s1")]
    public async Task A_snapshot_of_a_known_state_is_the_first_initializer_and_so_the_last(string held, string timeline)
    {
        _it.Initializers.Add(_it.Initializer("i1", d => WriteAsync(d, "s1")));
        _it.Synchronizers.Add(_it.Source("a"));
        await _it.StartAsync(held.Length == 0 ? default : new(held, 1));
        await _it.PlayAsync(timeline);
    }

    [Fact]
    public async Task Initializers_that_nothing_follows_are_asked_whatever_the_snapshot_holds()
    {
        _it.Initializers.Add(_it.Initializer("i1", d => WriteAsync(d, "s1")));
        await _it.StartAsync(new("s0", 1));
        await _it.PlayAsync(">i1@s0");
        Assert.True(await _it.Status.FirstOutcome.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task When_no_initializer_gives_a_state_the_synchronizers_begin_with_what_there_is()
    {
        _it.Initializers.Add(_it.Initializer("i1", d => WriteAsync(d, null)));
        _it.Initializers.Add(_it.Initializer("i2", _ => Task.FromResult<SourceFailure?>(Refused)));
        _it.Synchronizers.Add(_it.Source("a"));
        await _it.StartAsync();
        await _it.PlayAsync(">i1 >i2 >a");
        Assert.True(_it.Store.Initialized);
        Assert.Equal((DataSourceState.Valid, "refused"), (_it.State, _it.Status.Current.LastError!.Message));
    }

    [Fact]
    public async Task A_hung_initializer_is_left()
    {
        var hung = new TaskCompletionSource<SourceFailure?>();
        _it.Initializers.Add(_it.Initializer("i1", _ => hung.Task));
        _it.Synchronizers.Add(_it.Source("a"));
        await _it.StartAsync();
        await _it.NextAsync("i1");
        await _it.Time.PassAsync(_it.Rules.Initializer);
        await _it.NextAsync("a");
        Assert.Equal("no data within 30 seconds", _it.Status.Current.Active!.LeftBecause);
    }

    [Fact]
    public async Task An_order_to_an_initializer_is_obeyed_after_its_data()
    {
        _it.Initializers.Add(_it.Initializer("i1", async d =>
        {
            await WriteAsync(d, "s1");
            return SourceFailure.Ordered with { Directive = new(TimeSpan.FromMinutes(1)) };
        }));
        _it.Initializers.Add(_it.Source("i2"));
        _it.Synchronizers.Add(_it.Source("a"));
        _it.Fdv1Fallback = _it.Source("1");
        await _it.StartAsync();
        await _it.PlayAsync(">i1 >1@s1 +60 >a@s1");
        Assert.True(_it.Store.Initialized);
    }

    [Fact]
    public async Task Any_source_can_be_an_initializer_and_is_ended_after_its_first_data()
    {
        _it.Initializers.AddRange([_it.Source("i1"), _it.Source("i2"), _it.Source("i3")]);
        _it.Synchronizers.Add(_it.Source("a"));
        await _it.StartAsync();
        await _it.PlayAsync(">i1 i1:fail >i2 i2:401 >i3 i3:data=s3 >a@s3");
        Assert.NotNull(_it.Store.GetFlag("from-i3"));
    }

    [Theory]
    [InlineData(true, DataSourceState.Valid)]
    [InlineData(false, DataSourceState.Off)]
    public async Task A_chain_of_initializers_alone_ends_with_what_they_gave(bool hasData, DataSourceState state)
    {
        _it.Initializers.Add(_it.Initializer("i1", d => hasData ? WriteAsync(d, null) : Task.FromResult<SourceFailure?>(Refused)));
        await _it.StartAsync();
        await _it.NextAsync("i1");
        Assert.Equal(hasData, await _it.Status.FirstOutcome.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Equal(state, _it.State);
    }

    private static Task<SourceFailure?> WriteAsync(IDataDestination destination, string? state)
    {
        destination.Apply(new(ChangeSetKind.Full, [], state is null ? Selector.Empty : new(state, 1)));
        return Task.FromResult<SourceFailure?>(null);
    }

    private sealed class Unstartable(ChainFixture fixture) : IDataSynchronizer
    {
        public string Identity => "bad";

        public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
        {
            fixture.Started("bad", bootstrap);
            throw new InvalidOperationException("broken");
        }

        public ValueTask DisposeAsync()
        {
            fixture.Ends.Add("bad");
            return ValueTask.CompletedTask;
        }
    }
}
