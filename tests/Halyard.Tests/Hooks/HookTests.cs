using System.Collections.Immutable;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.Tests.Hooks;

[Collection(typeof(Alone))]
public sealed class HookTests
{
    private static readonly Context User = Context.New("user-1");

    private static TestData Data => new TestData().Update(
        TestData.Flag("bool").VariationForAll(true),
        TestData.Flag("string").ValueForAll("light"),
        TestData.Flag("int").ValueForAll(42));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hooks_run_in_order_before_and_in_reverse_after()
    {
        var calls = new List<string>();
        await using var client = await Start([new RecordingHook("a", calls), new RecordingHook("b", calls), new RecordingHook("c", calls)]);
        client.BoolVariation("bool", User, false);
        Assert.Equal(["a before", "b before", "c before", "c after", "b after", "a after"], calls);
    }

    [Fact]
    public async Task A_hook_sees_what_was_asked_and_what_was_answered()
    {
        var hook = new RecordingHook("a");
        await using var client = await Start([hook]);
        client.StringVariationDetail("string", User, "dark");
        Assert.Equal(new("string", User, "dark", "StringVariationDetail", null), hook.Before[0]);
        Assert.Same(hook.Before[0], hook.After[0].Context);
        Assert.Equal(new("light", 0, EvaluationReason.Fallthrough), hook.After[0].Detail);

        client.BoolVariation("string", User, true);
        Assert.Equal(new(true, null, EvaluationReason.Error(EvaluationErrorKind.WrongType)), hook.After[1].Detail);
        client.IntVariation("int", null!, 7);
        Assert.Equal(new(7, null, EvaluationReason.Error(EvaluationErrorKind.UserNotSpecified)), hook.After[2].Detail);
    }

    [Fact]
    public async Task Every_reading_method_runs_the_hooks_once_under_its_own_name()
    {
        var hook = new RecordingHook("a");
        await using var client = await Start([hook]);
        client.BoolVariation("bool", User, false);
        client.BoolVariationDetail("bool", User, false);
        await client.BoolVariationAsync("bool", User, false, Token);
        await client.BoolVariationDetailAsync("bool", User, false, Token);
        client.StringVariation("string", User, "");
        await client.StringVariationAsync("string", User, "", Token);
        client.IntVariation("int", User, 0);
        await client.IntVariationDetailAsync("int", User, 0, Token);
        client.DoubleVariation("int", User, 0);
        await client.DoubleVariationAsync("int", User, 0, Token);
        client.JsonVariation("int", User, 0);
        await client.JsonVariationDetailAsync("int", User, 0, Token);
        Assert.Equal(
            [
                "BoolVariation", "BoolVariationDetail", "BoolVariationAsync", "BoolVariationDetailAsync", "StringVariation", "StringVariationAsync",
                "IntVariation", "IntVariationDetailAsync", "DoubleVariation", "DoubleVariationAsync", "JsonVariation", "JsonVariationDetailAsync",
            ],
            hook.Before.Select(c => c.Method));
        Assert.Equal(hook.Before, hook.After.Select(a => a.Context));
    }

    [Fact]
    public async Task Each_hook_gets_its_own_data_back()
    {
        var one = new RecordingHook("one") { Gives = "1" };
        var two = new RecordingHook("two") { Gives = "2" };
        await using var client = await Start([one, two]);
        client.BoolVariation("bool", User, false);
        await client.BoolVariationAsync("bool", User, false, Token);
        Assert.All(one.After, a => Assert.Equal("1", Assert.Single(a.Data).Value));
        Assert.All(two.After, a => Assert.Equal("2", Assert.Single(a.Data).Value));
        Assert.Equal(2, one.After.Count);
    }

    [Fact]
    public async Task A_failing_hook_stops_nobody_and_is_logged_once_for_each_stage()
    {
        var logs = new FakeLogCollector();
        var bad = new RecordingHook("bad") { Fails = true };
        var good = new RecordingHook("good");
        await using var client = await Start([bad, good], logs);
        for (var i = 0; i < 5; i++)
        {
            Assert.True(client.BoolVariation("bool", User, false));
            client.Hooks!.AfterTrack(new("event", User, null, 1.5, null));
        }

        Assert.Equal((5, 5, 5), (good.Before.Count, good.After.Count, good.Tracked.Count));
        Assert.All(bad.After, a => Assert.Empty(a.Data));
        var lines = logs.GetSnapshot().Where(l => l.Category == "Halyard.Hooks").Select(l => l.Message).ToList();
        Assert.Equal(3, lines.Count);
        Assert.All(lines, line => Assert.Contains("'bad'", line));
        Assert.Equal(["BeforeEvaluation", "AfterEvaluation", "AfterTrack"], lines.Select(l => l.Split(" failed in ")[1].Split(';')[0]));
    }

    [Fact]
    public async Task Tracked_events_are_told_in_order()
    {
        var calls = new List<string>();
        var hooks = new[] { new RecordingHook("a", calls), new RecordingHook("b", calls) };
        await using var client = await Start([.. hooks]);
        var told = new TrackSeriesContext("bought", User, Value.Of("data"), 9.5, "env");
        client.Hooks!.AfterTrack(told);
        Assert.Equal(["a track", "b track"], calls);
        Assert.Same(told, hooks[1].Tracked[0]);
    }

    [Fact]
    public async Task What_an_event_was_not_given_is_told_as_nothing()
    {
        var hook = new RecordingHook("a");
        await using var client = await Start([hook]);
        client.Track("plain", User);
        client.Track("full", User, Value.Of("data"), 2);
        Assert.Equal([new("plain", User, null, null, null), new("full", User, Value.Of("data"), 2, null)], hook.Tracked);
    }

    [Fact]
    public async Task Watching_a_value_runs_no_hooks()
    {
        var data = Data;
        var hook = new RecordingHook("a");
        await using var client = await Client.StartAsync(Options([hook], data), Token);
        var changed = new TaskCompletionSource<FlagValueChange>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watch = client.TrackValue("bool", User, changed.SetResult);
        data.Update(data.Edit("bool").VariationForAll(false));
        Assert.Equal(false, (await changed.Task.WaitAsync(TimeSpan.FromSeconds(30), Token)).NewValue);
        Assert.Empty(hook.Before);
    }

    [Fact]
    public async Task A_null_among_the_hooks_is_refused()
    {
        var options = Options([], Data);
        options.Hooks.Add(null!);
        var e = await Assert.ThrowsAsync<ArgumentException>(() => Client.StartAsync(options, Token));
        Assert.Contains("Hooks has a null", e.Message);
    }

    [Fact]
    public async Task Without_hooks_a_read_allocates_nothing()
    {
        await using var client = await Start([]);
        Assert.Null(client.Hooks);
        Allocations.None(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                client.BoolVariationDetail("bool", User, false);
                client.StringVariation("string", User, "");
            }
        });
    }

    private static Task<Client> Start(Hook[] hooks, FakeLogCollector? logs = null) => Client.StartAsync(Options(hooks, Data, logs), Token);

    private static ClientOptions Options(Hook[] hooks, TestData data, FakeLogCollector? logs = null)
    {
        var options = new ClientOptions { DataSystem = DataSystem.TestData(data), LoggerFactory = Clients.Clients.Factory(logs) };
        foreach (var hook in hooks)
        {
            options.Hooks.Add(hook);
        }

        return options;
    }

    private sealed class RecordingHook(string name, List<string>? calls = null) : Hook(name)
    {
        public List<EvaluationSeriesContext> Before { get; } = [];

        public List<(EvaluationSeriesContext Context, ImmutableDictionary<string, object> Data, EvaluationDetail<Value> Detail)> After { get; } = [];

        public List<TrackSeriesContext> Tracked { get; } = [];

        public string? Gives { get; init; }

        public bool Fails { get; init; }

        public override ImmutableDictionary<string, object> BeforeEvaluation(EvaluationSeriesContext context, ImmutableDictionary<string, object> data)
        {
            Assert.Empty(data);
            Before.Add(context);
            Called("before");
            return Gives is null ? data : data.Add("given", Gives);
        }

        public override ImmutableDictionary<string, object> AfterEvaluation(
            EvaluationSeriesContext context, ImmutableDictionary<string, object> data, EvaluationDetail<Value> detail)
        {
            After.Add((context, data, detail));
            Called("after");
            return data;
        }

        public override void AfterTrack(TrackSeriesContext context)
        {
            Tracked.Add(context);
            Called("track");
        }

        private void Called(string stage)
        {
            calls?.Add($"{Name} {stage}");
            if (Fails)
            {
                throw new InvalidOperationException("hook failure");
            }
        }
    }
}
