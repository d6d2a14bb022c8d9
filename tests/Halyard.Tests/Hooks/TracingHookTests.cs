using System.Diagnostics;

namespace Halyard.Tests.Hooks;

public sealed class TracingHookTests : IDisposable
{
    private static readonly Context User = Context.Builder("u:1").Kind("org").Build();

    // Named for each test's instance, as listeners hear of every activity in the process.
    private readonly ActivitySource _source = new("Halyard.Tests." + Guid.NewGuid());
    private readonly List<Activity> _made = [];
    private readonly ActivityListener _listener;
    private readonly Activity _work;

    public TracingHookTests()
    {
        _listener = new()
        {
            ShouldListenTo = source => source.Name == _source.Name || source.Name == HalyardTelemetry.ActivitySourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == _work?.TraceId)
                {
                    _made.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
        _work = _source.StartActivity("work")!;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _work.Dispose();
        _listener.Dispose();
        _source.Dispose();
    }

    [Fact]
    public async Task A_hook_may_be_told_to_record_otherwise_or_nothing_while_the_client_runs()
    {
        var hook = new TracingHook(new() { IncludeContextKey = false });
        var options = new ClientOptions { Offline = true };
        options.Hooks.Add(hook);
        await using var client = await Client.StartAsync(options, Token);
        client.StringVariation("theme", User, "dark");
        Assert.Throws<ArgumentException>(() => hook.Configure(new() { EventName = "" }));
        client.StringVariation("theme", User, "dark");
        hook.Configure(new() { CreateActivities = true });
        client.StringVariation("theme", User, "dark");
        hook.Configure(null);
        client.StringVariation("theme", User, "dark");
        Assert.Equal([false, false, true], _work.Events.Select(e => e.Tags.Any(tag => tag.Key == "feature_flag.context.id")));
        Assert.Single(_made);
    }

    [Fact]
    public async Task What_an_evaluation_has_begun_is_ended_though_the_hook_was_turned_off_meanwhile()
    {
        var hook = new TracingHook(new() { CreateActivities = true });
        var turnsOff = new TurningOff(hook);
        var options = new ClientOptions { Offline = true };
        options.Hooks.Add(hook);
        options.Hooks.Add(turnsOff);
        await using var client = await Client.StartAsync(options, Token);
        client.StringVariation("theme", User, "dark");
        Assert.Single(_made);
        Assert.Empty(_work.Events);
        Assert.Same(_work, Activity.Current);
    }

    private sealed class TurningOff(TracingHook other) : Hook("turning off")
    {
        public override System.Collections.Immutable.ImmutableDictionary<string, object> BeforeEvaluation(
            EvaluationSeriesContext context, System.Collections.Immutable.ImmutableDictionary<string, object> data)
        {
            other.Configure(null);
            return data;
        }
    }

    [Fact]
    public async Task An_evaluation_is_an_event_on_the_current_activity()
    {
        await using var client = await Start(new() { EnvironmentId = "env-1" });
        client.StringVariation("theme", User, "dark");
        var e = Assert.Single(_work.Events);
        Assert.Equal("feature_flag.evaluation", e.Name);
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["feature_flag.key"] = "theme",
                ["feature_flag.provider.name"] = "Halyard",
                ["feature_flag.context.id"] = "org:u%3A1",
                ["feature_flag.set.id"] = "env-1",
                ["feature_flag.result.reason"] = "default",
                ["feature_flag.result.variant"] = "0",
                ["feature_flag.result.variationIndex"] = 0,
            },
            e.Tags.ToDictionary());
        Assert.Empty(_made);
    }

    [Fact]
    public async Task The_value_is_recorded_when_asked_for()
    {
        await using var client = await Start(new() { IncludeValue = true, EventName = TracingHookOptions.OlderEventName });
        client.StringVariation("theme", User, "dark");
        client.IntVariation("none", User, 3);
        client.JsonVariation("json", User, Value.Null);
        client.BoolVariation("none", User, true);
        Assert.Equal(["light", 3.0, """{"a":[1]}""", true], _work.Events.Select(e => e.Tags.ToDictionary()["feature_flag.result.value"]));
        Assert.All(_work.Events, e => Assert.Equal("feature_flag", e.Name));
    }

    [Fact]
    public async Task Without_a_variation_the_value_stands_for_it()
    {
        await using var client = await Start(new());
        client.StringVariation("none", User, "dark");
        var tags = Assert.Single(_work.Events).Tags.ToDictionary();
        Assert.Equal("dark", tags["feature_flag.result.value"]);
        Assert.False(tags.ContainsKey("feature_flag.result.variant"));
    }

    [Fact]
    public async Task The_key_of_the_context_is_left_out_when_asked_for()
    {
        await using var client = await Start(new() { IncludeContextKey = false, CreateActivities = true });
        client.StringVariation("theme", User, "dark");
        Assert.DoesNotContain(Assert.Single(_work.Events).Tags, tag => tag.Key == "feature_flag.context.id" || Equals(tag.Value, "org:u%3A1"));
        Assert.DoesNotContain(Assert.Single(_made).TagObjects, tag => tag.Key == "feature_flag.context.id");
    }

    [Fact]
    public async Task The_provider_is_named_as_asked_for()
    {
        await using var client = await Start(new() { ProviderName = "LaunchDarkly" });
        client.StringVariation("theme", User, "dark");
        Assert.Equal("LaunchDarkly", Assert.Single(_work.Events).Tags.ToDictionary()["feature_flag.provider.name"]);
    }

    [Theory]
    [InlineData("off", "disabled", null)]
    [InlineData("targeted", "targeting_match", null)]
    [InlineData("ruled", "targeting_match", null)]
    [InlineData("needy", "prerequisite_failed", null)]
    [InlineData("theme", "error", "type_mismatch")]
    [InlineData("none", "error", "flag_not_found")]
    public async Task Reasons_and_errors_have_the_conventional_names(string flag, string reason, string? error)
    {
        await using var client = await Start(new());
        client.BoolVariation(flag, User, false);
        var tags = Assert.Single(_work.Events).Tags.ToDictionary();
        Assert.Equal(reason, tags["feature_flag.result.reason"]);
        Assert.Equal(error, tags.GetValueOrDefault("error.type"));
    }

    [Fact]
    public async Task An_invalid_context_has_no_id()
    {
        await using var client = await Start(new());
        client.BoolVariation("off", Context.New(""), false);
        var tags = Assert.Single(_work.Events).Tags.ToDictionary();
        Assert.Equal("invalid_context", tags["error.type"]);
        Assert.False(tags.ContainsKey("feature_flag.context.id"));
    }

    [Fact]
    public async Task An_activity_of_its_own_is_a_child_and_the_event_stays_with_the_work()
    {
        await using var client = await Start(new() { CreateActivities = true });
        client.StringVariation("theme", User, "dark");
        Assert.Same(_work, Activity.Current);
        await client.BoolVariationAsync("none", User, false, Token);
        Assert.Same(_work, Activity.Current);
        Assert.Equal(["Client.StringVariation", "Client.BoolVariationAsync"], _made.Select(a => a.OperationName));
        Assert.All(_made, a => Assert.Same(_work, a.Parent));
        Assert.Equal([ActivityStatusCode.Unset, ActivityStatusCode.Error], _made.Select(a => a.Status));
        Assert.Equal("theme", _made[0].GetTagItem("feature_flag.key"));
        Assert.Equal("org:u%3A1", _made[0].GetTagItem("feature_flag.context.id"));
        Assert.Equal(2, _work.Events.Count());
    }

    [Fact]
    public async Task Without_a_current_activity_nothing_is_recorded()
    {
        await using var client = await Start(new());
        Activity.Current = null;
        Assert.Equal("light", client.StringVariation("theme", User, "dark"));
        Assert.Empty(_work.Events);
    }

    [Fact]
    public void An_event_or_a_provider_without_a_name_is_refused()
    {
        Assert.Contains("EventName", Assert.Throws<ArgumentException>(() => new TracingHook(new() { EventName = " " })).Message, StringComparison.Ordinal);
        Assert.Contains("ProviderName", Assert.Throws<ArgumentException>(() => new TracingHook(new() { ProviderName = "" })).Message, StringComparison.Ordinal);
    }

    private static Task<Client> Start(TracingHookOptions options)
    {
        var data = new TestData().Update(
            TestData.Flag("theme").ValueForAll("light"),
            TestData.Flag("json").ValueForAll(Value.Object([new("a", Value.Array(1))])),
            TestData.Flag("off").Off(),
            TestData.Flag("targeted").VariationForKey("org", "u:1", true),
            TestData.Flag("ruled").IfMatch("org", "key", "u:1").ThenReturn(true),
            TestData.Flag("needy").Prerequisite("off", true));
        return Client.StartAsync(new() { DataSystem = DataSystem.TestData(data), Hooks = { new TracingHook(options) } }, Token);
    }
}
