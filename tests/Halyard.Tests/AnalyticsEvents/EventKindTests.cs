namespace Halyard.Tests.AnalyticsEvents;

public sealed class EventKindTests
{
    private static readonly Context User = Context.New("user-1");

    [Fact]
    public async Task An_identify_event_describes_the_context()
    {
        await using var f = await EventsFixture.StartAsync();
        f.Client.Identify(Context.Builder("user-1").Name("Ada").Set("age", 36).Build());
        var events = await f.FlushAsync();
        EventsFixture.Same($$$"""
            [{"kind":"identify","creationDate":{{{EventsFixture.Now}}},"context":{"kind":"user","key":"user-1","name":"Ada","age":36}}]
            """, events);
    }

    [Fact]
    public async Task A_custom_event_carries_data_and_metric_after_the_description_of_its_context()
    {
        await using var f = await EventsFixture.StartAsync();
        f.Client.Track("bought", User, Value.Array(1, "x"), 9.5);
        f.Client.Track("looked", User);
        f.Client.Track("odd", User, metricValue: double.NaN);
        f.Client.Track("", User);
        var events = await f.FlushAsync();
        EventsFixture.Same($$$"""
            [{"kind":"index","creationDate":{{{EventsFixture.Now}}},"context":{"kind":"user","key":"user-1"}},
             {"kind":"custom","creationDate":{{{EventsFixture.Now}}},"key":"bought","context":{"kind":"user","key":"user-1"},"data":[1,"x"],"metricValue":9.5},
             {"kind":"custom","creationDate":{{{EventsFixture.Now}}},"key":"looked","context":{"kind":"user","key":"user-1"}},
             {"kind":"custom","creationDate":{{{EventsFixture.Now}}},"key":"odd","context":{"kind":"user","key":"user-1"}},
             {"kind":"custom","creationDate":{{{EventsFixture.Now}}},"key":"","context":{"kind":"user","key":"user-1"}}]
            """, events);
        Assert.Throws<ArgumentNullException>(() => f.Client.Track(null!, User));
    }

    [Fact]
    public async Task Untracked_flags_are_only_counted()
    {
        await using var f = await EventsFixture.StartAsync();
        f.Data.UpdateFlagJson("""{"key":"f","version":1,"on":true,"fallthrough":{"variation":0},"targets":[{"variation":1,"values":["b"]}],"variations":["x","y"],"salt":""}""");
        f.Client.StringVariation("f", User, "d");
        f.Time.Advance(TimeSpan.FromMilliseconds(5));
        f.Client.StringVariation("f", User, "d");
        f.Client.StringVariation("f", Context.Multi(Context.New("b"), Context.New("org", "o")), "d");
        f.Client.BoolVariation("none", User, true);
        f.Client.BoolVariation("none", User, false);
        f.Client.BoolVariation("none", User, true);
        var events = await f.FlushAsync();
        Assert.Equal(["index", "index", "summary"], EventsFixture.Kinds(events));
        EventsFixture.Same($$$$"""
            {"kind":"summary","startDate":{{{{EventsFixture.Now}}}},"endDate":{{{{EventsFixture.Now + 5}}}},"features":{
              "f":{"default":"d","contextKinds":["user","org"],"counters":[
                {"variation":0,"version":1,"value":"x","count":2},{"variation":1,"version":1,"value":"y","count":1}]},
              "none":{"default":true,"contextKinds":["user"],"counters":[
                {"unknown":true,"value":true,"count":2},{"unknown":true,"value":false,"count":1}]}}}
            """, events[2]);
        await f.FlushNothingAsync();
    }

    [Fact]
    public async Task A_null_variation_is_reported_as_what_was_served()
    {
        await using var f = await EventsFixture.StartAsync();
        f.Data.UpdateFlagJson("""{"key":"f","version":1,"on":true,"fallthrough":{"variation":0},"variations":[null],"salt":"","trackEvents":true}""");
        Assert.Equal(Value.Null, f.Client.JsonVariation("f", User, "d"));
        Assert.True(f.Client.BoolVariation("f", User, true));
        var events = await f.FlushAsync();
        Assert.Equal(["index", "feature", "feature", "summary"], EventsFixture.Kinds(events));
        var (untyped, typed) = (events[1]!.AsObject(), events[2]!.AsObject());
        Assert.True(untyped.TryGetPropertyValue("value", out var value) && value is null);
        Assert.Equal(("d", 0), ((string)untyped["default"]!, (int)untyped["variation"]!));
        Assert.True((bool)typed["value"]!);
        Assert.False(typed.ContainsKey("variation"));
    }

    [Fact]
    public async Task Another_version_of_a_flag_is_counted_apart_and_each_summary_begins_anew()
    {
        await using var f = await EventsFixture.StartAsync();
        f.Data.UpdateFlagJson("""{"key":"f","version":1,"on":true,"fallthrough":{"variation":0},"variations":[1],"salt":""}""");
        f.Client.IntVariation("f", User, 0);
        f.Data.UpdateFlagJson("""{"key":"f","version":7,"on":true,"fallthrough":{"variation":0},"variations":[2],"salt":""}""");
        f.Client.IntVariation("f", User, 0);
        f.Client.IntVariation("f", User, 0);
        var summary = (await f.FlushAsync())[^1]!;
        EventsFixture.Same("""
            [{"variation":0,"version":1,"value":1,"count":1},{"variation":0,"version":7,"value":2,"count":2}]
            """, summary["features"]!["f"]!["counters"]);
        f.Client.IntVariation("f", User, 0);
        Assert.Equal(1, (int)(await f.FlushAsync())[0]!["features"]!["f"]!["counters"]![0]!["count"]!);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tracked_flag_is_reported_in_full_and_tells_the_reason_to_those_who_asked(bool withReason)
    {
        await using var f = await EventsFixture.StartAsync();
        f.Data.UpdateFlagJson("""{"key":"f","version":1,"on":true,"trackEvents":true,"fallthrough":{"variation":1},"variations":[1.5,2.75],"salt":""}""");
        _ = withReason ? f.Client.IntVariationDetail("f", User, 9).Value : f.Client.IntVariation("f", User, 9);
        var events = await f.FlushAsync();
        Assert.Equal(["index", "feature", "summary"], EventsFixture.Kinds(events));
        EventsFixture.Same($$$"""
            {"kind":"feature","creationDate":{{{EventsFixture.Now}}},"key":"f","version":1,"variation":1,"value":2.75,"default":9,
             {{{(withReason ? """ "reason":{"kind":"FALLTHROUGH"}, """ : "")}}}"context":{"kind":"user","key":"user-1"}}
            """, events[1]);
    }

    [Fact]
    public async Task The_asynchronous_reads_report_alike()
    {
        await using var f = await EventsFixture.StartAsync();
        f.Data.UpdateFlagJson("""{"key":"f","version":1,"on":true,"trackEvents":true,"fallthrough":{"variation":0},"variations":[true],"salt":""}""");
        await f.Client.BoolVariationAsync("f", User, false, Clients.Clients.Token);
        await f.Client.BoolVariationDetailAsync("f", User, false, Clients.Clients.Token);
        var events = await f.FlushAsync();
        Assert.Equal(["index", "feature", "feature", "summary"], EventsFixture.Kinds(events));
        Assert.Null(events[1]!["reason"]);
        Assert.NotNull(events[2]!["reason"]);
    }

    [Fact]
    public async Task A_value_of_another_type_is_reported_as_the_default_that_was_served()
    {
        await using var f = await EventsFixture.StartAsync();
        f.Data.UpdateFlagJson("""{"key":"f","version":1,"on":true,"trackEvents":true,"fallthrough":{"variation":0},"variations":["x"],"salt":""}""");
        f.Client.BoolVariationDetail("f", User, true);
        var feature = (await f.FlushAsync())[1]!;
        Assert.Null(feature["variation"]);
        Assert.True((bool)feature["value"]!);
        EventsFixture.Same("""{"kind":"ERROR","errorKind":"WRONG_TYPE"}""", feature["reason"]);
    }

    [Theory]
    [InlineData("""  "trackEventsFallthrough":true,"fallthrough":{"variation":0} """, """{"kind":"FALLTHROUGH"}""")]
    [InlineData("""  "rules":[{"id":"r","trackEvents":true,"variation":0,"clauses":[]}],"fallthrough":{"variation":0} """, """{"kind":"RULE_MATCH","ruleIndex":0,"ruleId":"r"}""")]
    [InlineData("""  "fallthrough":{"rollout":{"kind":"experiment","variations":[{"variation":0,"weight":100000}]}} """, """{"kind":"FALLTHROUGH","inExperiment":true}""")]
    public async Task Evaluations_in_an_experiment_are_reported_in_full_with_their_reason(string parts, string reason)
    {
        await using var f = await EventsFixture.StartAsync();
        f.Data.UpdateFlagJson($$$"""{"key":"f","version":1,"on":true,{{{parts}}},"variations":[1],"salt":"s"}""");
        f.Client.IntVariation("f", User, 0);
        var events = await f.FlushAsync();
        Assert.Equal(["index", "feature", "summary"], EventsFixture.Kinds(events));
        EventsFixture.Same(reason, events[1]!["reason"]);
    }

    [Fact]
    public async Task Prerequisites_are_reported_even_when_they_fail()
    {
        await using var f = await EventsFixture.StartAsync();
        f.Data.UpdateFlagJson("""{"key":"deep","version":1,"on":true,"trackEvents":true,"fallthrough":{"variation":0},"variations":["a"],"salt":""}""");
        f.Data.UpdateFlagJson("""{"key":"mid","version":1,"on":true,"trackEvents":true,"prerequisites":[{"key":"deep","variation":0}],"fallthrough":{"variation":1},"variations":["a","b"],"salt":""}""");
        f.Data.UpdateFlagJson("""{"key":"top","version":1,"on":true,"trackEvents":true,"prerequisites":[{"key":"mid","variation":0}],"offVariation":0,"variations":["off","on"],"fallthrough":{"variation":1},"salt":""}""");
        Assert.Equal("off", f.Client.StringVariation("top", User, "d"));
        var events = await f.FlushAsync();
        Assert.Equal(["index", "feature", "feature", "feature", "summary"], EventsFixture.Kinds(events));
        EventsFixture.Same($$$"""
            {"kind":"feature","creationDate":{{{EventsFixture.Now}}},"key":"deep","version":1,"variation":0,"value":"a","prereqOf":"mid","context":{"kind":"user","key":"user-1"}}
            """, events[1]);
        Assert.Equal(("mid", "top"), ((string)events[2]!["key"]!, (string)events[2]!["prereqOf"]!));
        Assert.Null(events[3]!["prereqOf"]);
        EventsFixture.Same("""
            {"deep":{"contextKinds":["user"],"counters":[{"variation":0,"version":1,"value":"a","count":1}]},
             "mid":{"contextKinds":["user"],"counters":[{"variation":1,"version":1,"value":"b","count":1}]},
             "top":{"default":"d","contextKinds":["user"],"counters":[{"variation":0,"version":1,"value":"off","count":1}]}}
            """, events[4]!["features"]);
    }

    [Theory]
    [InlineData(10_000, null, true)]
    [InlineData(-10_000, null, false)]
    [InlineData(10_000, 20_000, false)]
    [InlineData(10_000, 5_000, true)]
    [InlineData(10_000, -20_000, true)]
    [InlineData(-10_000, -20_000, false)]
    public async Task Debugging_ends_by_the_later_of_both_clocks(int untilOffset, int? serviceOffset, bool debugs)
    {
        await using var f = await EventsFixture.StartAsync();
        f.Data.UpdateFlagJson($$$"""
            {"key":"f","version":1,"on":true,"debugEventsUntilDate":{{{EventsFixture.Now + untilOffset}}},"fallthrough":{"variation":0},"variations":[1],"salt":""}
            """);
        if (serviceOffset is { } offset)
        {
            f.Service.Then(System.Net.HttpStatusCode.Accepted, f.Time.GetUtcNow().AddMilliseconds(offset));
        }

        f.Client.Identify(User);
        await f.FlushAsync();
        f.Client.IntVariation("f", User, 0);
        var events = await f.FlushAsync();
        Assert.Equal(debugs ? ["debug", "summary"] : ["summary"], EventsFixture.Kinds(events));
        if (debugs)
        {
            EventsFixture.Same($$$"""
                {"kind":"debug","creationDate":{{{EventsFixture.Now}}},"key":"f","version":1,"variation":0,"value":1,"default":0,"context":{"kind":"user","key":"user-1"}}
                """, events[0]);
        }
    }

    [Fact]
    public async Task A_flag_may_be_left_out_of_summaries_and_sampled_out_of_full_events()
    {
        await using var f = await EventsFixture.StartAsync();
        f.Data.UpdateFlagJson("""{"key":"quiet","version":1,"on":true,"trackEvents":true,"excludeFromSummaries":true,"fallthrough":{"variation":0},"variations":[1],"salt":""}""");
        f.Data.UpdateFlagJson("""{"key":"never","version":1,"on":true,"trackEvents":true,"samplingRatio":0,"fallthrough":{"variation":0},"variations":[1],"salt":""}""");
        f.Client.IntVariation("quiet", User, 0);
        f.Client.IntVariation("never", User, 0);
        var events = await f.FlushAsync();
        Assert.Equal(["index", "feature", "summary"], EventsFixture.Kinds(events));
        Assert.Equal("quiet", (string)events[1]!["key"]!);
        Assert.Null(events[2]!["features"]!["quiet"]);
        Assert.NotNull(events[2]!["features"]!["never"]);
    }

    [Fact]
    public async Task What_the_application_did_not_ask_for_is_not_reported()
    {
        await using var f = await EventsFixture.StartAsync();
        f.Data.UpdateFlagJson("""{"key":"f","version":1,"on":true,"trackEvents":true,"fallthrough":{"variation":0},"variations":[1],"salt":""}""");
        f.Client.AllFlagsState(User);
        using var tracking = f.Client.TrackValue("f", User, _ => { });
        f.Client.IntVariation("f", null!, 0);
        f.Client.IntVariation("f", Context.New(""), 0);
        f.Client.IntVariation("", User, 0);
        f.Client.IntVariation(null!, User, 0);
        f.Client.Identify(null!);
        f.Client.Identify(Context.New(""));
        f.Client.Track("x", null!);
        await f.FlushNothingAsync();
        Assert.Equal(3, f.LogsWith("invalid context").Count());
    }

    [Fact]
    public async Task Without_events_nothing_is_sent_and_everything_may_be_called()
    {
        await using var f = await EventsFixture.StartAsync(f => f.Options.Events = null);
        f.Client.BoolVariation("f", User, true);
        f.Client.Identify(User);
        f.Client.Track("x", User);
        f.Client.Flush();
        await f.FlushNothingAsync();
    }
}
