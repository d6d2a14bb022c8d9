using Halyard.Tests.AnalyticsEvents;
using static Halyard.Tests.Clients.Clients;

namespace Halyard.Tests.Overrides;

/// <summary>What evaluations of overridden flags report.</summary>
public sealed class OverrideEventTests
{
    [Fact]
    public async Task An_overridden_flag_sends_index_and_summary_alone_and_is_counted_apart()
    {
        await using var f = await EventsFixture.StartAsync();
        const string Tracked = """{"key":"f","version":1,"on":true,"fallthrough":{"variation":0},"variations":["x"],"salt":"","trackEvents":true,"debugEventsUntilDate":4000000000000}""";
        f.Data.UpdateFlagJson(Tracked);
        f.Client.StringVariation("f", User, "d");
        Assert.Equal(["index", "feature", "debug", "summary"], EventsFixture.Kinds(await f.FlushAsync()));

        f.Client.StringVariation("f", User, "d");
        f.Client.Overrides.Set(f.Client.Store.GetFlag("f")!.Item!);
        f.Client.StringVariationDetail("f", User, "d");
        f.Client.StringVariation("f", User, "d");
        f.Client.Overrides.Set("f", "mine");
        f.Client.StringVariation("f", Context.New("other"), "d");
        f.Client.BoolVariationDetail("f", User, true);
        var events = await f.FlushAsync();
        Assert.Equal(["feature", "debug", "index", "summary"], EventsFixture.Kinds(events));
        EventsFixture.Same($$$$"""
            {"kind":"summary","startDate":{{{{EventsFixture.Now}}}},"endDate":{{{{EventsFixture.Now}}}},"features":{
              "f":{"default":"d","contextKinds":["user"],"counters":[
                {"variation":0,"version":1,"value":"x","count":1},
                {"variation":0,"version":1,"value":"x","count":2,"override":true},
                {"variation":0,"version":1,"value":"mine","count":1,"override":true},
                {"version":1,"value":true,"count":1,"override":true}]}}}
            """, events[3]);
    }

    [Fact]
    public async Task A_prerequisite_is_reported_by_whether_it_is_overridden_itself()
    {
        await using var f = await EventsFixture.StartAsync();
        f.Data.UpdateFlagJson("""{"key":"top","version":1,"on":true,"prerequisites":[{"key":"below","variation":0}],"fallthrough":{"variation":0},"variations":["x"],"salt":"","trackEvents":true}""");
        f.Data.UpdateFlagJson("""{"key":"below","version":1,"on":true,"fallthrough":{"variation":0},"variations":["y"],"salt":"","trackEvents":true}""");
        f.Client.Overrides.Set(f.Client.Store.GetFlag("below")!.Item!);
        Assert.Equal("x", f.Client.StringVariation("top", User, "d"));
        var events = await f.FlushAsync();
        Assert.Equal(["index", "feature", "summary"], EventsFixture.Kinds(events));
        Assert.Equal("top", (string)events[1]!["key"]!);
        EventsFixture.Same("""[{"variation":0,"version":1,"value":"y","count":1,"override":true}]""", events[2]!["features"]!["below"]!["counters"]);
        EventsFixture.Same("""[{"variation":0,"version":1,"value":"x","count":1}]""", events[2]!["features"]!["top"]!["counters"]);

        f.Client.Overrides.Clear();
        f.Client.Overrides.Set(f.Client.Store.GetFlag("top")!.Item!);
        f.Client.StringVariation("top", User, "d");
        events = await f.FlushAsync();
        Assert.Equal(["feature", "summary"], EventsFixture.Kinds(events));
        Assert.Equal("below", (string)events[0]!["key"]!);
    }
}
