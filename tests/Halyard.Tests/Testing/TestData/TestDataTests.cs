using Halyard.DataInterfaces;
using Halyard.DataModel.Json.Writing;
using Halyard.DataSystems;
using Halyard.Evaluation;

namespace Halyard.Tests.Sources;

public sealed class TestDataTests : IAsyncDisposable
{
    private readonly TestData _data = new();
    private readonly List<IDataSystem> _systems = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var system in _systems)
        {
            await system.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_new_flag_is_boolean_and_true_for_everyone()
    {
        _data.Update(TestData.Flag("f"));
        var system = await StartAsync();

        Assert.True(Evaluate(system, "f", Context.New("u")).AsBool);
        _data.Update(_data.Edit("f").Off());
        Assert.Equal(Value.False, Evaluate(system, "f", Context.New("u")));
    }

    [Fact]
    public async Task An_update_is_visible_in_every_client_when_it_returns()
    {
        var first = await StartAsync();
        var second = await StartAsync();

        _data.Update(TestData.Flag("f").ValueForAll("one"));
        Assert.Equal("one", Evaluate(first, "f", Context.New("u")).AsString);
        Assert.Equal("one", Evaluate(second, "f", Context.New("u")).AsString);

        _data.Delete("f").Delete("never-there");
        Assert.True(first.GetFlag("f")!.IsTombstone);
        _data.Update(TestData.Flag("f"));
        Assert.Equal([1L, 2L, 3L], [1, 2, second.GetFlag("f")!.Version]);
    }

    [Fact]
    public async Task Targets_rules_rollouts_and_prerequisites_decide()
    {
        _data.Update(TestData.Segment("beta").Include("in").Exclude("out").IncludeContexts("org", "o1")
            .IfMatch("user", "country", "de").AndNotMatch("user", "plan", "free").ThenInclude());
        _data.Update(
            TestData.Flag("parent").VariationForUser("blocked", false),
            TestData.Flag("f").Variations("zero", "one", "two", "three").OffVariation(3).FallthroughVariation(0)
                .Prerequisite("parent", true)
                .VariationForUser("ada", 1).VariationForUser("blocked", 1).VariationForKey("org", "acme", 2)
                .IfMatch("user", "country", "us").AndNotMatch("user", "plan", "free").Id("americans").ThenReturn(1)
                .If("device", "version", "semVerGreaterThan", "2.0.0").ThenReturn(2)
                .IfInSegment("beta").ThenRollout(0, 0, 100, 0));
        var system = await StartAsync();

        Assert.Equal("zero", Text(Context.New("u")));
        Assert.Equal("one", Text(Context.New("ada")));
        Assert.Equal("three", Text(Context.New("blocked")));
        Assert.Equal("two", Text(Context.New("org", "acme")));
        Assert.Equal("one", Text(Context.Builder("u").Set("country", "us").Set("plan", "pro").Build()));
        Assert.Equal("zero", Text(Context.Builder("u").Set("country", "us").Set("plan", "free").Build()));
        Assert.Equal("two", Text(Context.Multi(Context.New("u"), Context.Builder("d").Kind("device").Set("version", "2.1").Build())));
        Assert.Equal("two", Text(Context.New("in")));
        Assert.Equal("zero", Text(Context.Builder("out").Set("country", "de").Set("plan", "pro").Build()));
        Assert.Equal("two", Text(Context.Builder("u").Set("country", "de").Set("plan", "pro").Build()));
        Assert.Equal("two", Text(Context.Multi(Context.New("u"), Context.New("org", "o1"))));

        string? Text(Context context) => Evaluate(system, "f", context).AsString;
    }

    [Fact]
    public async Task Shares_of_a_rollout_are_as_large_as_asked()
    {
        _data.Update(TestData.Flag("f").Salt("s").FallthroughRollout(25, 75));
        var system = await StartAsync();

        var share = Enumerable.Range(0, 4000).Count(i => Evaluate(system, "f", Context.New($"u{i}")).AsBool) / 4000.0;

        Assert.InRange(share, 0.22, 0.28);
        Assert.Throws<ArgumentException>(() => TestData.Flag("f").FallthroughRollout(50, 49));
        Assert.Throws<ArgumentOutOfRangeException>(() => TestData.Flag("f").FallthroughRollout(double.NaN, 100));
    }

    [Fact]
    public async Task An_edit_begins_with_the_flag_as_it_is_and_is_a_copy()
    {
        _data.Update(TestData.Flag("f").VariationForUser("ada", false).VariationForKey("org", "acme", false).IfMatch("user", "a", 1).ThenReturn(false));
        var system = await StartAsync();

        var edit = _data.Edit("f").VariationForUser("ada", true).FallthroughVariation(false);
        Assert.False(Evaluate(system, "f", Context.New("ada")).AsBool);
        _data.Update(edit);
        edit.Off();

        Assert.True(Evaluate(system, "f", Context.New("ada")).AsBool);
        Assert.False(Evaluate(system, "f", Context.New("u")).AsBool);
        Assert.False(Evaluate(system, "f", Context.New("org", "acme")).AsBool);
        var flag = system.GetFlag("f")!.Item!;
        Assert.Single(flag.Rules);
        Assert.Single(flag.Targets);
        Assert.Equal(2, flag.Version);
    }

    [Fact]
    public async Task Raw_items_keep_everything_and_get_a_rising_version()
    {
        _data.UpdateFlagJson("""{"key":"f","version":7,"on":true,"variations":["x"],"fallthrough":{"variation":0},"later":{"a":1}}""")
            .UpdateSegmentJson("""{"key":"s","version":1,"included":["u"]}""");
        var system = await StartAsync();
        _data.Update(system.GetFlag("f")!.Item!);

        var item = system.GetFlag("f")!;
        Assert.Equal((8, 8), (item.Version, item.Item!.Version));
        Assert.Contains("\"later\":{\"a\":1}", System.Text.Encoding.UTF8.GetString(ModelWriter.ToUtf8(item)), StringComparison.Ordinal);
        _data.Update(_data.EditSegment("s").Exclude("u"));
        Assert.Empty(system.GetSegment("s")!.Item!.Included);
        Assert.Throws<MalformedDataException>(() => _data.UpdateFlagJson("{"));
    }

    [Fact]
    public void A_flag_that_contradicts_itself_is_refused_and_nothing_is_stored()
    {
        var exception = Assert.Throws<InvalidOperationException>(() => _data.Update(TestData.Flag("good"), TestData.Flag("bad").FallthroughVariation(2)));

        Assert.Contains("bad: the fallthrough serves variation 2, but the flag has 2", exception.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => TestData.Flag("text").Variations("a", "b").FallthroughVariation(true));
        Assert.Throws<ArgumentException>(() => TestData.Flag(""));
        Assert.Throws<ArgumentException>(() => TestData.Flag("f").IfMatch("user", "", 1));
    }

    [Fact]
    public async Task An_outage_can_be_rehearsed()
    {
        var before = await StartAsync();
        var status = new RecordingStatus();
        _data.Update(TestData.Flag("f"));
        _data.UpdateStatus(DataSourceState.Interrupted, new(DataSourceErrorKind.ErrorResponse, 503, "down", default));
        var during = await StartAsync(status);

        Assert.Equal("Interrupted ErrorResponse: down", await status.NextAsync());
        Assert.True(before.Initialized);
        Assert.False(during.Initialized);

        _data.Update(TestData.Flag("g"));
        _data.UpdateStatus(DataSourceState.Valid);

        Assert.Equal("Valid", await status.NextAsync());
        Assert.NotNull(during.GetFlag("f"));
        Assert.NotNull(during.GetFlag("g"));
        Assert.NotNull(before.GetFlag("g"));
        _data.UpdateStatus(DataSourceState.Off);
        Assert.StartsWith("Off Unknown:", await status.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disposed_client_is_forgotten()
    {
        var system = await StartAsync();
        Assert.Equal(1, _data.ClientCount);

        await system.DisposeAsync();
        _data.Update(TestData.Flag("f"));

        Assert.Equal(0, _data.ClientCount);
        Assert.Null(system.GetFlag("f"));
    }

    [Fact]
    public async Task Updates_from_many_threads_leave_all_clients_with_the_same_data()
    {
        var first = await StartAsync();
        var second = await StartAsync();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
        {
            for (var n = 0; n < 100; n++)
            {
                _data.Update(TestData.Flag("shared").ValueForAll(i), TestData.Flag($"own{i}").ValueForAll(n));
            }
        }))).WaitAsync(TimeSpan.FromSeconds(30), Cancellation);

        Assert.Equal(800, first.GetFlag("shared")!.Version);
        Assert.Equal(Evaluate(first, "shared", Context.New("u")), Evaluate(second, "shared", Context.New("u")));
        Assert.All(Enumerable.Range(0, 8), i => Assert.Equal(99, Evaluate(second, $"own{i}", Context.New("u")).AsInt));
    }

    [Fact]
    public async Task A_client_can_be_fed()
    {
        _data.Update(TestData.Flag("f").VariationForUser("ada", true).FallthroughVariation(false));
        await using var client = await Client.StartAsync(new() { DataSystem = DataSystem.TestData(_data), SdkKey = "any" }, Cancellation);

        Assert.True(client.BoolVariation("f", Context.New("ada"), false));
        Assert.False(client.BoolVariation("f", Context.New("bob"), true));
    }

    [Fact]
    public async Task A_synchronizer_of_the_application_can_feed_a_client()
    {
        _data.Update(TestData.Flag("f"));
        var options = new ClientOptions
        {
            SdkKey = "any",
            DataSystem = DataSystem.FromSynchronizer(context => _data.CreateSynchronizer(context.Status)),
        };
        await using var client = await Client.StartAsync(options, Cancellation);

        Assert.True(client.Initialized);
        Assert.True(client.BoolVariation("f", Context.New("ada"), false));
    }

    private static Value Evaluate(IDataSystem system, string key, Context context)
    {
        var scope = new EvaluationScope(system.Snapshot);
        var flag = scope.GetFlag(key)!;
        var index = Evaluator.Evaluate(flag, context, ref scope).VariationIndex;
        return index < 0 ? default : flag.Variations[index];
    }

    private async Task<IDataSystem> StartAsync(IDataSourceStatusReporter? status = null)
    {
        var system = new BackgroundSync(_data.CreateSynchronizer(status ?? new RecordingStatus()), new FlagChanges());
        _systems.Add(system);
        await system.StartAsync(Cancellation);
        return system;
    }
}
