using System.Text;
using Halyard.Model;
using Halyard.Tests.Clients;
using Halyard.Tests.Support;
using static Halyard.Tests.Clients.Clients;

namespace Halyard.Tests.Overrides;

/// <summary>What an override does to reads, on every kind of data system.</summary>
public sealed class FlagOverridesTests
{
    private readonly TestData _data = new TestData().Update(
        TestData.Flag("plain").Variations("base", "other").FallthroughVariation(0),
        TestData.Flag("segmented").Variations("out", "in").IfInSegment("beta").ThenReturn(1).FallthroughVariation(0));

    [Fact]
    public async Task A_value_answers_with_variation_0_and_the_reason_off()
    {
        await using var client = await StartAsync(_data);
        client.Overrides.Set("plain", "mine");
        client.Overrides.Set("new", 7);

        var off = EvaluationReason.Off with { IsOverride = true };
        Assert.Equal(new("mine", 0, off), client.StringVariationDetail("plain", User, "d"));
        Assert.Equal("mine", client.StringVariation("plain", User, "d"));
        Assert.Equal("mine", await client.StringVariationAsync("plain", User, "d", Token));
        Assert.Equal(new(7, 0, off), client.IntVariationDetail("new", User, 1));
        Assert.Equal(
            new(false, null, EvaluationReason.Error(EvaluationErrorKind.WrongType) with { IsOverride = true }),
            client.BoolVariationDetail("plain", User, false));
        Assert.False(client.StringVariationDetail("segmented", User, "d").Reason.IsOverride);
    }

    [Fact]
    public async Task What_was_overridden_comes_back_when_the_override_is_removed()
    {
        await using var client = await StartAsync(_data);
        Assert.False(client.Overrides.Remove("plain"));
        client.Overrides.Set("plain", "mine");
        client.Overrides.Set("plain", "mine too");
        client.Overrides.Set("new", true);
        Assert.Equal(["new", "plain"], client.Overrides.Flags.Select(flag => flag.Key).Order(StringComparer.Ordinal));

        Assert.True(client.Overrides.Remove("plain"));
        Assert.False(client.Overrides.Remove("plain"));
        Assert.Equal(new("base", 0, EvaluationReason.Fallthrough), client.StringVariationDetail("plain", User, "d"));

        client.Overrides.Clear();
        Assert.Equal(EvaluationErrorKind.FlagNotFound, client.BoolVariationDetail("new", User, false).Reason.ErrorKind);
        Assert.Empty(client.Overrides.Flags);
    }

    [Fact]
    public async Task A_whole_flag_is_evaluated_over_overridden_and_other_items_alike()
    {
        _data.Update(TestData.Segment("base-segment").Include(User.Key));
        await using var client = await StartAsync(_data);
        client.Overrides.Set(Segment("beta", User.Key));
        client.Overrides.Set(Whole("one", version: 5, segment: "base-segment"));
        client.Overrides.Set(Whole("two", segment: "beta", prerequisite: "plain"));

        // A flag of the data that uses an overridden segment is the data's own.
        Assert.Equal("in", client.StringVariation("segmented", User, "d"));
        Assert.False(client.StringVariationDetail("segmented", User, "d").Reason.IsOverride);
        Assert.Equal("out", client.StringVariation("segmented", Context.New("nobody"), "d"));

        foreach (var key in new[] { "one", "two" })
        {
            var detail = client.BoolVariationDetail(key, User, false);
            Assert.Equal((true, EvaluationReasonKind.RuleMatch, true), (detail.Value, detail.Reason.Kind, detail.Reason.IsOverride));
            Assert.Equal(EvaluationReasonKind.Fallthrough, client.BoolVariationDetail(key, Context.New("nobody"), false).Reason.Kind);
        }

        // An overridden prerequisite that is off has failed.
        client.Overrides.Set("plain", "mine");
        Assert.True(client.Overrides.RemoveSegment("beta"));
        Assert.Equal("out", client.StringVariation("segmented", User, "d"));
        Assert.Equal(EvaluationReason.PrerequisiteFailed("plain") with { IsOverride = true }, client.BoolVariationDetail("two", User, false).Reason);
    }

    [Theory]
    [InlineData("pushed")]
    [InlineData("store")]
    [InlineData("offline")]
    [InlineData("chain")]
    [InlineData("first")]
    public async Task Overrides_answer_before_there_is_any_data_and_before_the_start(string system)
    {
        await using var client = Client.Create(new()
        {
            DataSystem = system switch
            {
                "store" => DataSystem.LazyLoad(new HeldStore { IsDown = true }),
                "first" => new SourceChainOptions { Synchronizers = { Silent() }, ReadFirst = DataSystem.LazyLoad(new HeldStore { IsDown = true }) },
                "chain" => DataSystem.Chain().AddSynchronizers(Silent()),
                _ => Silent(),
            },
            Offline = system == "offline",
            StartTimeout = TimeSpan.Zero,
        });
        client.Overrides.Set("mine", "here");
        await CheckAsync();
        await client.StartAsync(Token);
        await CheckAsync();

        async Task CheckAsync()
        {
            Assert.Equal(new("here", 0, EvaluationReason.Off with { IsOverride = true }), client.StringVariationDetail("mine", User, "d"));
            Assert.Equal("here", await client.StringVariationAsync("mine", User, "d", Token));
            Assert.Equal(EvaluationErrorKind.ClientNotReady, client.StringVariationDetail("other", User, "d").Reason.ErrorKind);
            var all = client.AllFlagsState(User, AllFlagsOptions.WithReasons);
            Assert.Equal(["mine"], all.Values.Keys);
            Assert.False(all.IsValid);
            Assert.True(all.GetReason("mine")!.Value.IsOverride);
        }
    }

    [Fact]
    public async Task The_state_of_all_flags_shows_overrides_with_their_own_versions()
    {
        await using var client = await StartAsync(_data);
        client.Overrides.Set("plain", "mine");
        client.Overrides.Set(Whole("new", version: 9));
        var state = client.AllFlagsState(User, AllFlagsOptions.WithReasons);
        Assert.True(state.IsValid);
        Assert.Equal(["new", "plain", "segmented"], state.Values.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("mine", state.Values["plain"]);
        var json = state.ToJson();
        Assert.Contains("\"plain\":{\"variation\":0,\"version\":1,\"reason\":{\"kind\":\"OFF\",\"isOverride\":true}}", json, StringComparison.Ordinal);
        Assert.Contains("\"new\":{\"variation\":0,\"version\":9,", json, StringComparison.Ordinal);
        Assert.Contains("\"reason\":{\"kind\":\"FALLTHROUGH\"}", json, StringComparison.Ordinal);

        Assert.DoesNotContain("plain", client.AllFlagsState(User, AllFlagsOptions.ClientSideOnly).Values.Keys);
    }

    [Fact]
    public async Task The_data_system_itself_never_sees_an_override()
    {
        await using var client = await StartAsync(_data);
        client.Overrides.Set("plain", "mine");
        client.Overrides.Set("new", "mine");
        Assert.Null(client.Store.GetFlag("new"));
        Assert.Equal("base", client.Store.GetFlag("plain")!.Item!.Variations[0]);
        Assert.False(client.Store.GetFlag("plain")!.Item!.IsOverride);
    }

    [Fact]
    public async Task A_flag_that_a_caller_hands_in_stays_the_callers_own()
    {
        var flag = Whole("mine");
        await using var client = await StartAsync(_data);
        client.Overrides.Set(flag);
        Assert.False(flag.IsOverride);
        _data.Update(flag);
        client.Overrides.Remove("mine");
        Assert.False(client.BoolVariationDetail("mine", User, false).Reason.IsOverride);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_store_is_not_asked_for_what_is_overridden_but_for_what_it_depends_on(bool awaits)
    {
        var store = new HeldStore();
        store.Put(ItemDescriptor<Segment>.Of("known", 1, Segment("known", User.Key)));
        await using var client = await Client.StartAsync(new() { DataSystem = DataSystem.LazyLoad(store), StartTimeout = TimeSpan.Zero }, Token);
        await Conditions.UntilAsync(() => store.Reads == 1); // The marker.
        client.Overrides.Set("value", "mine");
        client.Overrides.Set(Whole("whole", segment: "known"));
        client.Overrides.Set(Whole("closed", segment: "mine"));
        client.Overrides.Set(Segment("mine", User.Key));

        Assert.Equal("mine", awaits ? await client.StringVariationAsync("value", User, "d", Token) : client.StringVariation("value", User, "d"));
        Assert.Equal(EvaluationReasonKind.RuleMatch, client.BoolVariationDetail("closed", User, false).Reason.Kind);
        Assert.Equal(1, store.Reads);

        var whole = awaits ? await client.BoolVariationDetailAsync("whole", User, false, Token) : client.BoolVariationDetail("whole", User, false);
        Assert.Equal((EvaluationReasonKind.RuleMatch, true), (whole.Reason.Kind, whole.Reason.IsOverride));
        Assert.Equal(2, store.Reads);
        client.BoolVariation("whole", User, false);
        Assert.Equal(2, store.Reads);

        Assert.Equal(["closed", "value", "whole"], client.AllFlagsState(User).Values.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Wrong_overrides_are_refused()
    {
        await using var client = await StartAsync(_data);
        Assert.Throws<ArgumentException>(() => client.Overrides.Set("", true));
        Assert.Throws<ArgumentNullException>(() => client.Overrides.Set(null!, true));
        Assert.Throws<ArgumentException>(() => client.Overrides.Set(new Flag { Key = "" }));
        Assert.Throws<ArgumentNullException>(() => client.Overrides.Set((Segment)null!));
        Assert.Throws<ArgumentNullException>(() => client.Overrides.Remove(null!));
        Assert.Empty(client.Overrides.Flags);
        Assert.Empty(client.Overrides.Segments);

        // A flag that cannot be evaluated is malformed; nothing falls back to what it stands in place of.
        client.Overrides.Set(new Flag { Key = "plain", On = true });
        Assert.Equal(
            EvaluationReason.Error(EvaluationErrorKind.MalformedFlag) with { IsOverride = true }, client.StringVariationDetail("plain", User, "d").Reason);
    }

    [Fact]
    public async Task Overrides_can_be_changed_when_the_client_is_disposed()
    {
        var client = await StartAsync(_data);
        await client.DisposeAsync();
        client.Overrides.Set("plain", "mine");
        Assert.Equal("mine", client.StringVariation("plain", User, "d"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_evaluation_sees_data_and_overrides_of_one_moment(bool watched)
    {
        // First the data changes to number n and then the override, so that the data is never behind it and never two ahead.
        // Modulo three these are one case, and the override's prerequisite is met in that case alone.
        ScriptedSource? source = null;
        var options = new ClientOptions { DataSystem = DataSystem.FromSynchronizer(context => source = new(context.Status)), StartTimeout = TimeSpan.Zero };
        if (watched)
        {
            options.Hooks.Add(new Idle());
        }

        await using var client = await Client.StartAsync(options, Token);
        source!.Destination!.Init(Items.Set(Data(0)));
        source.Status.ReportValid();
        client.Overrides.Set(Override(0));
        using var end = new CancellationTokenSource();
        var writer = Task.Run(
            () =>
            {
                for (var number = 1; number <= 20_000; number++)
                {
                    source.Destination!.Upsert(DataKind.Flag, "base", Data(number));
                    client.Overrides.Set(Override(number));
                }

                end.Cancel();
            },
            Token);
        var reads = 0;
        var expected = EvaluationReason.PrerequisiteFailed("base") with { IsOverride = true };
        while (!end.IsCancellationRequested)
        {
            Assert.Equal(expected, client.JsonVariationDetail("over", User, "d").Reason);
            var values = client.AllFlagsState(User).Values;
            Assert.InRange(values["base"].AsInt - values["over"].AsInt, 0, 1);
            reads++;
        }

        await writer.WaitAsync(TimeSpan.FromSeconds(60), Token);
        Assert.NotEqual(0, reads);

        static ItemDescriptor<Flag> Data(int number) => ItemDescriptor<Flag>.Of("base", number + 1, new()
        {
            Key = "base",
            Version = number + 1,
            On = true,
            Fallthrough = new(number % 3, null),
            Variations = [number, number, number],
        });

        static Flag Override(int number) => new()
        {
            Key = "over",
            On = true,
            Prerequisites = [new() { Key = "base", Variation = (number + 2) % 3 }],
            OffVariation = 0,
            Variations = [number],
        };
    }

    private static CustomSourceOptions Silent() => DataSystem.FromSynchronizer(context => new ScriptedSource(context.Status));

    private static Segment Segment(string key, string included) => ((ItemDescriptor<Segment>)ItemDescriptor.FromJson(
        DataKind.Segment, key, Encoding.UTF8.GetBytes($$"""{"key":"{{key}}","version":1,"included":["{{included}}"]}"""))).Item!;

    /// <summary>A flag that serves true by its rule for the members of a segment, and false otherwise.</summary>
    private static Flag Whole(string key, long version = 1, string? segment = null, string? prerequisite = null) => new()
    {
        Key = key,
        Version = version,
        On = true,
        Variations = [false, true],
        Fallthrough = new(0, null),
        OffVariation = 0,
        Prerequisites = prerequisite is null ? [] : [new() { Key = prerequisite }],
        Rules = segment is null ? [] : [new() { Clauses = [Items.SegmentMatch(segment)], Serve = new(1, null) }],
    };

    private sealed class Idle() : Hook("idle");
}
