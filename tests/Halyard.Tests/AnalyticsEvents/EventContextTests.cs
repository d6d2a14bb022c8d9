using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Halyard.AnalyticsEvents;

namespace Halyard.Tests.AnalyticsEvents;

public sealed class EventContextTests
{
    private static readonly Context Full = Context.FromJson("""
        {"kind":"org","key":"o","name":"n","anonymous":true,"b":{"prop1":true,"prop2":3},
         "c":{"prop1":{"sub1":true},"prop2":{"sub1":4,"sub2":5}},"/ssn":"1","_meta":{"privateAttributes":["/b/prop1"]}}
        """);

    [Theory]
    [InlineData("", false, """{"b":{"prop2":3},"c":{"prop1":{"sub1":true},"prop2":{"sub1":4,"sub2":5}},"/ssn":"1","name":"n","_meta":{"redactedAttributes":["/b/prop1"]}}""")]
    [InlineData("", true, """{"_meta":{"redactedAttributes":["name","b","c","/~1ssn"]}}""")]
    [InlineData("name", false, """{"b":{"prop2":3},"c":{"prop1":{"sub1":true},"prop2":{"sub1":4,"sub2":5}},"/ssn":"1","_meta":{"redactedAttributes":["name","/b/prop1"]}}""")]
    [InlineData("/c/prop2/sub1 /~1ssn", false, """{"name":"n","b":{"prop2":3},"c":{"prop1":{"sub1":true},"prop2":{"sub2":5}},"_meta":{"redactedAttributes":["/b/prop1","/c/prop2/sub1","/~1ssn"]}}""")]
    [InlineData("/c/prop2 /c/none /c/prop1/sub1/x b", false, """{"name":"n","c":{"prop1":{"sub1":true}},"/ssn":"1","_meta":{"redactedAttributes":["b","/c/prop2"]}}""")]
    [InlineData("key kind anonymous", false, """{"b":{"prop2":3},"c":{"prop1":{"sub1":true},"prop2":{"sub1":4,"sub2":5}},"/ssn":"1","name":"n","_meta":{"redactedAttributes":["/b/prop1"]}}""")]
    public void What_is_private_is_left_out_and_named(string privateAttributes, bool all, string expected)
    {
        var options = new EventOptions { AllAttributesPrivate = all };
        foreach (var reference in privateAttributes.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            options.PrivateAttributes.Add(reference);
        }

        var wanted = JsonNode.Parse(expected)!.AsObject();
        wanted["kind"] = "org";
        wanted["key"] = "o";
        wanted["anonymous"] = true;
        EventsFixture.Same(wanted.ToJsonString(), Write(options, Full));
    }

    [Fact]
    public void One_contexts_private_attributes_are_not_anothers()
    {
        var writer = new EventContextWriter(new());
        Write(writer, Context.Builder("a").Set("x", 1).Private("x").Build(), false);
        EventsFixture.Same("""{"kind":"user","key":"b","x":1}""", Write(writer, Context.Builder("b").Set("x", 1).Build(), false));
        var both = Context.Multi(Context.Builder("a").Set("x", 1).Private("x").Build(), Context.Builder("o").Kind("org").Set("x", 1).Build());
        EventsFixture.Same("""
            {"kind":"multi","org":{"key":"o","x":1},"user":{"key":"a","_meta":{"redactedAttributes":["x"]}}}
            """, Write(writer, both, false));
    }

    [Fact]
    public void Anonymous_members_alone_lose_their_attributes()
    {
        var context = Context.Multi(
            Context.Builder("a").Anonymous(true).Name("n").Set("x", 1).Build(), Context.Builder("o").Kind("org").Set("x", 1).Build());
        EventsFixture.Same("""
            {"kind":"multi","org":{"key":"o","x":1},"user":{"key":"a","anonymous":true,"_meta":{"redactedAttributes":["name","x"]}}}
            """, Write(new EventContextWriter(new()), context, true));
    }

    [Fact]
    public async Task Anonymous_attributes_are_in_descriptions_and_debugging_but_in_no_other_event()
    {
        await using var f = await EventsFixture.StartAsync();
        f.Data.UpdateFlagJson($$$"""
            {"key":"f","version":1,"on":true,"trackEvents":true,"debugEventsUntilDate":{{{EventsFixture.Now + 1000}}},"fallthrough":{"variation":0},"variations":[1],"salt":""}
            """);
        var context = Context.Builder("a").Anonymous(true).Set("x", 1).Build();
        f.Client.IntVariation("f", context, 0);
        f.Client.Track("t", context);
        f.Client.Identify(context);
        var events = await f.FlushAsync();
        Assert.Equal(["index", "feature", "debug", "custom", "identify", "summary"], EventsFixture.Kinds(events));
        Assert.Equal(
            [true, false, true, false, true],
            events.Take(5).Select(e => e!["context"]!["x"] is not null));
    }

    [Fact]
    public async Task Anonymous_contexts_may_be_left_out_of_descriptions()
    {
        await using var f = await EventsFixture.StartAsync(f => f.Events.OmitAnonymousContexts = true);
        var anonymous = Context.Builder("a").Anonymous(true).Build();
        f.Client.Identify(anonymous);
        f.Client.Track("t", anonymous);
        f.Client.Track("t", Context.Multi(anonymous, Context.New("org", "o")));
        f.Client.Identify(Context.Multi(anonymous, Context.New("org", "o"), Context.New("team", "t")));
        var events = await f.FlushAsync();
        Assert.Equal(["custom", "index", "custom", "identify"], EventsFixture.Kinds(events));
        EventsFixture.Same("""{"kind":"org","key":"o"}""", events[1]!["context"]);
        EventsFixture.Same("""{"kind":"multi","org":{"key":"o"},"team":{"key":"t"}}""", events[3]!["context"]);
    }

    [Fact]
    public async Task A_context_is_described_once_until_it_is_forgotten()
    {
        await using var f = await EventsFixture.StartAsync(f => f.Events.FlushInterval = TimeSpan.FromDays(1));
        f.Client.Track("t", Context.New("a"));
        f.Client.Track("t", Context.New("a"));
        f.Client.Track("t", Context.New("org", "a"));
        f.Client.Identify(Context.New("b"));
        f.Client.Track("t", Context.New("b"));
        Assert.Equal(["index", "custom", "custom", "index", "custom", "identify", "custom"], EventsFixture.Kinds(await f.FlushAsync()));
        f.Client.Track("t", Context.New("a"));
        Assert.Equal(["custom"], EventsFixture.Kinds(await f.FlushAsync()));
        f.Time.Advance(TimeSpan.FromMinutes(5));
        f.Client.Track("t", Context.New("a"));
        Assert.Equal(["index", "custom"], EventsFixture.Kinds(await f.FlushAsync()));
    }

    [Fact]
    public void The_contexts_met_last_are_remembered()
    {
        var seen = new SeenContexts(2);
        Assert.True(seen.Add(Context.New("a")));
        Assert.True(seen.Add(Context.New("b")));
        Assert.False(seen.Add(Context.New("a")));
        Assert.True(seen.Add(Context.New("c")));
        Assert.False(seen.Add(Context.New("a")));
        Assert.True(seen.Add(Context.New("b")));
        seen.Clear();
        Assert.True(seen.Add(Context.New("a")));

        // The same text, but not the same context.
        Assert.True(seen.Add(Context.New("org", "a")));
        Assert.True(seen.Add(Context.New("org:a")));
    }

    private static JsonNode? Write(EventOptions options, Context context) => Write(new EventContextWriter(options), context, false);

    private static JsonNode? Write(EventContextWriter contexts, Context context, bool redactAnonymous)
    {
        using var buffer = new PayloadBuffer();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            contexts.Write(writer, context, redactAnonymous);
        }

        return JsonNode.Parse(Encoding.UTF8.GetString(buffer.Written.Span));
    }
}
