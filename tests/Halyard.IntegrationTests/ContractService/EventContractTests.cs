using System.Text.Json.Nodes;

namespace Halyard.IntegrationTests.ContractService;

/// <summary>What reaches the event service, in every detail that a harness looks at.</summary>
public sealed class EventContractTests : IAsyncLifetime
{
    private const string Events = """{"streaming":{"baseUri":"$H/v1"},"events":{"baseUri":"$H/events"}}""";
    private const string User = """{"kind":"user","key":"u1"}""";

    private readonly ServiceDriver _driver = new();

    public async ValueTask InitializeAsync()
    {
        await _driver.InitializeAsync();
        _driver.Harness.Data = Data(
            Flag("bool", "true", "\"trackEvents\":true"), Flag("int", "42", "\"trackEvents\":true"), Flag("double", "2.5", "\"trackEvents\":true"),
            Flag("string", "\"s\"", "\"trackEvents\":true"), Flag("any", """{"a":1}""", "\"trackEvents\":true"),
            Flag("quiet", "\"q\"", "\"clientSide\":true"), Flag("hidden", "1", "\"excludeFromSummaries\":true"),
            Flag("sampled", "1", "\"trackEvents\":true,\"samplingRatio\":0"), Flag("debugged", "1", "\"debugEventsUntilDate\":4000000000000"),
            Flag("over", "1", "\"debugEventsUntilDate\":1000"), Flag("experiment", "1", "\"trackEventsFallthrough\":true"),
            Flag("top", "\"t\"", "\"trackEvents\":true,\"prerequisites\":[{\"key\":\"middle\",\"variation\":0}]"),
            Flag("middle", "\"m\"", "\"trackEvents\":true,\"prerequisites\":[{\"key\":\"bottom\",\"variation\":0}]"),
            Flag("bottom", "\"b\"", "\"trackEvents\":true"),
            """{"key":"broken","version":3,"on":false,"offVariation":9,"variations":[],"salt":"s","trackEvents":true}""");
    }

    public ValueTask DisposeAsync() => _driver.DisposeAsync();

    [Theory]
    [InlineData("bool", "true", "false")]
    [InlineData("int", "42", "7")]
    [InlineData("double", "2.5", "7.5")]
    [InlineData("string", "\"s\"", "\"d\"")]
    [InlineData("any", """{"a":1}""", "null")]
    public async Task A_tracked_flag_is_reported_in_full(string type, string value, string fallback)
    {
        var client = await _driver.CreateAsync(Events);
        foreach (var (detail, anonymous) in new[] { (false, false), (false, true), (true, false), (true, true) })
        {
            var key = $"{detail}{anonymous}";
            var known = $$"""{"kind":"user","key":"{{key}}","name":"N"}""";
            var context = anonymous ? known.Replace("}", ",\"anonymous\":true}", StringComparison.Ordinal) : known;
            var redacted = anonymous ? $$$"""{"kind":"user","key":"{{{key}}}","anonymous":true,"_meta":{"redactedAttributes":["name"]}}""" : known;
            await EvaluateAsync(client, type, context, type, fallback, detail);
            var events = await FlushedAsync(client);
            Check(events[0], $$"""{"kind":"index","context":{{context}}}""");
            Check(events[1], $$"""
                {"kind":"feature","key":"{{type}}","version":1,"variation":0,"value":{{value}},"default":{{fallback}},"context":{{redacted}}{{(detail ? ",\"reason\":{\"kind\":\"FALLTHROUGH\"}" : "")}}}
                """);
            Check(events[2], $$"""
                {"kind":"summary","features":{"{{type}}":{"default":{{fallback}},"contextKinds":["user"],"counters":[{"variation":0,"version":1,"value":{{value}},"count":1}]} } }
                """);
            Assert.Equal(3, events.Count);

            await EvaluateAsync(client, "broken", context, type, fallback, detail);
            events = await FlushedAsync(client);
            Check(events[0], $$"""
                {"kind":"feature","key":"broken","version":3,"value":{{fallback}},"default":{{fallback}},"context":{{redacted}}{{(detail ? ",\"reason\":{\"kind\":\"ERROR\",\"errorKind\":\"MALFORMED_FLAG\"}" : "")}}}
                """);
            Assert.Equal(2, events.Count);
        }
    }

    [Fact]
    public async Task A_summary_counts_by_version_and_variation_and_begins_anew_after_each_delivery()
    {
        var client = await _driver.CreateAsync(Events);
        await EvaluateAsync(client, "quiet", User);
        await EvaluateAsync(client, "quiet", """{"kind":"multi","org":{"key":"o"},"user":{"key":"u1"}}""");
        await EvaluateAsync(client, "none", """{"kind":"org","key":"o"}""");
        await EvaluateAsync(client, "none", User);
        await EvaluateAsync(client, "hidden", User);
        await EvaluateAsync(client, "quiet", """{"kind":"user","key":""}""");
        Check((await FlushedAsync(client)).Single(e => (string)e!["kind"]! == "summary"), """
            {"kind":"summary","features":{
              "quiet":{"default":"d","contextKinds":["user","org"],"counters":[{"variation":0,"version":1,"value":"q","count":2}]},
              "none":{"default":"d","contextKinds":["org","user"],"counters":[{"unknown":true,"value":"d","count":2}]}}}
            """);

        _driver.Harness.Push($$"""event: patch{{"\n"}}data: {"path":"/flags/quiet","data":{{Flag("quiet", "\"new\"", "\"clientSide\":true").Replace("\"version\":1", "\"version\":2", StringComparison.Ordinal)}}}{{"\n\n"}}""");
        await UntilAsync(async () => (string)(await EvaluateAsync(client, "quiet", User))!["value"]! == "new");
        var counters = (await FlushedAsync(client)).Single()!["features"]!["quiet"]!["counters"]!.AsArray();
        var newest = counters.Single(c => (int)c!["version"]! == 2)!;
        Assert.Equal(("new", 1), ((string)newest["value"]!, (int)newest["count"]!));
        Assert.All(counters.Where(c => (int)c!["version"]! == 1), c => Assert.Equal("q", (string)c!["value"]!));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Prerequisites_are_reported_each_with_what_depends_on_it(bool detail)
    {
        var client = await _driver.CreateAsync(Events);
        await EvaluateAsync(client, "top", User, detail: detail);
        var events = await FlushedAsync(client);
        var reason = detail ? ",\"reason\":{\"kind\":\"FALLTHROUGH\"}" : "";
        foreach (var (key, value, more) in new[] { ("bottom", "b", "\"prereqOf\":\"middle\""), ("middle", "m", "\"prereqOf\":\"top\""), ("top", "t", "\"default\":\"d\"") })
        {
            Check(events.Single(e => (string?)e!["key"] == key), $$"""
                {"kind":"feature","key":"{{key}}","version":1,"variation":0,"value":"{{value}}","context":{{User}},{{more}}{{reason}}}
                """);
        }

        var features = events.Single(e => (string)e!["kind"]! == "summary")!["features"]!.AsObject();
        Assert.Equal(3, features.Count);
        Assert.All(features, f => Assert.Equal(1, (int)f.Value!["counters"]!.AsArray().Single()!["count"]!));
    }

    [Theory]
    [InlineData("debugged", null, true)]
    [InlineData("debugged", 3_999_999_000_000, true)]
    [InlineData("debugged", 4_000_000_001_000, false)]
    [InlineData("over", null, false)]
    [InlineData("over", 0L, false)]
    public async Task Debugging_ends_by_the_machine_s_clock_and_by_the_service_s(string flag, long? serviceTime, bool isDebugged)
    {
        var client = await _driver.CreateAsync(Events);
        if (serviceTime is { } time)
        {
            _driver.Harness.Script = r => r.Path.EndsWith("/bulk", StringComparison.Ordinal) ? new(202) { Date = DateTimeOffset.FromUnixTimeMilliseconds(time) } : null;
            await _driver.RunAsync(client, "identifyEvent", $$"""{"context":{{User}}}""");
            await FlushedAsync(client);
        }

        const string Anonymous = """{"kind":"user","key":"u2","name":"N","anonymous":true}""";
        await EvaluateAsync(client, flag, Anonymous, "int", "7");
        var events = await FlushedAsync(client);
        Assert.Equal(isDebugged ? ["index", "debug", "summary"] : ["index", "summary"], events.Select(e => (string)e!["kind"]!));
        if (isDebugged)
        {
            Check(events[1], $$"""{"kind":"debug","key":"debugged","version":1,"variation":0,"value":1,"default":7,"context":{{Anonymous}}}""");
        }
    }

    [Fact]
    public async Task Experiments_are_reported_with_their_reason_and_unsampled_flags_not_at_all()
    {
        var client = await _driver.CreateAsync(Events);
        await EvaluateAsync(client, "experiment", User, "int", "7");
        await EvaluateAsync(client, "sampled", User, "int", "7");
        await EvaluateAsync(client, "hidden", User, "int", "7");
        var events = await FlushedAsync(client);
        Assert.Equal(["index", "feature", "summary"], events.Select(e => (string)e!["kind"]!));
        Assert.Equal("""{"kind":"FALLTHROUGH"}""", events[1]!["reason"]!.ToJsonString());
        Assert.Equal(["experiment", "sampled"], events[2]!["features"]!.AsObject().Select(f => f.Key));
    }

    [Fact]
    public async Task A_custom_event_carries_any_data_and_any_number()
    {
        var client = await _driver.CreateAsync(Events);
        var number = 0;
        foreach (var data in new string?[] { null, "null", "true", "false", "0", "1000", "-1000.5", "\"\"", "\"text\"", "[1,2]", """{"x":null}""" })
        {
            foreach (var metric in new string?[] { null, "0", "-1.5", "1.5" })
            {
                var context = $$"""{"kind":"org","key":"c{{number++}}"}""";
                await _driver.RunAsync(client, "customEvent", $$"""
                    {"eventKey":"bought","context":{{context}},"omitNullData":{{(data is null ? "true" : "false")}}{{Member("data", data)}}{{Member("metricValue", metric)}}}
                    """);
                var events = await FlushedAsync(client);
                Check(events[0], $$"""{"kind":"index","context":{{context}}}""");
                Check(events[1], $$"""{"kind":"custom","key":"bought","context":{{context}}{{Member("data", data == "null" ? null : data)}}{{Member("metricValue", metric)}}}""");
                Assert.Equal(2, events.Count);
            }
        }

        static string Member(string name, string? value) => value is null ? "" : $",\"{name}\":{value}";
    }

    [Fact]
    public async Task A_context_is_described_once_for_each_kind_and_key()
    {
        var client = await _driver.CreateAsync(Events);
        string[] contexts =
        [
            User, """{"kind":"org","key":"u1"}""", """{"kind":"user","key":"u2"}""",
            """{"kind":"multi","org":{"key":"u1"},"user":{"key":"u1"}}""", """{"kind":"multi","org":{"key":"u2"},"user":{"key":"u1"}}""",
        ];
        for (var i = 0; i < 3; i++)
        {
            foreach (var context in contexts)
            {
                await EvaluateAsync(client, "none", context);
                await _driver.RunAsync(client, "customEvent", $$"""{"eventKey":"e","context":{{context}}}""");
            }
        }

        var events = await FlushedAsync(client);
        var described = events.Where(e => (string)e!["kind"]! == "index").ToList();
        Assert.Equal(contexts.Length, described.Count);
        for (var i = 0; i < contexts.Length; i++)
        {
            Check(described[i], $$"""{"kind":"index","context":{{contexts[i]}}}""");
        }
    }

    [Theory]
    [InlineData("identify")]
    [InlineData("index")]
    public async Task Anonymous_contexts_can_be_left_out_of_descriptions(string kind)
    {
        var client = await _driver.CreateAsync("""{"streaming":{"baseUri":"$H/v1"},"events":{"baseUri":"$H/events","omitAnonymousContexts":true}}""");
        string[] contexts =
        [
            """{"kind":"user","key":"a","anonymous":true}""",
            """{"kind":"multi","org":{"key":"o","name":"N"},"user":{"key":"a","anonymous":true}}""",
            """{"kind":"multi","org":{"key":"o","anonymous":true},"user":{"key":"a","anonymous":true}}""",
        ];
        foreach (var context in contexts)
        {
            await _driver.RunAsync(client, kind == "identify" ? "identifyEvent" : "customEvent", $$"""{"eventKey":"e","context":{{context}}}""");
        }

        var events = await FlushedAsync(client);
        Check(Assert.Single(events, e => (string)e!["kind"]! == kind), $$"""{"kind":"{{kind}}","context":{"kind":"org","key":"o","name":"N"} }""");
    }

    [Theory]
    [InlineData("", """{"name":"N","b":{"x":true,"y":3},"c":{"x":{"z":1}},"/d":1}""", "[]")]
    [InlineData(""","allAttributesPrivate":true""", "{}", """["name","b","c","/~1d"]""")]
    [InlineData(""","globalPrivateAttributes":["name","/b/x","c"]""", """{"b":{"y":3},"/d":1}""", """["name","/b/x","c"]""")]
    [InlineData(""","globalPrivateAttributes":["/c/x/z","/~1d","missing"]""", """{"name":"N","b":{"x":true,"y":3},"c":{"x":{}}}""", """["/c/x/z","/~1d"]""")]
    public async Task Private_attributes_stay_private(string settings, string left, string redacted)
    {
        var client = await _driver.CreateAsync($$"""{"streaming":{"baseUri":"$H/v1"},"events":{"baseUri":"$H/events"{{settings}} } }""");
        const string Attributes = """
            "key":"k","anonymous":false,"name":"N","own":1,"b":{"x":true,"y":3},"c":{"x":{"z":1}},"/d":1,"_meta":{"privateAttributes":["own"]}
            """;
        foreach (var (context, path) in new[] { ($$"""{"kind":"org",{{Attributes}}}""", (string?)null), ($$"""{"kind":"multi","org":{ {{Attributes}} },"user":{"key":"u"} }""", "org") })
        {
            await _driver.RunAsync(client, "identifyEvent", $$"""{"context":{{context}}}""");
            var sent = (await FlushedAsync(client)).Single()!["context"]!;
            var member = path is null ? sent : sent[path]!;
            var names = member["_meta"]!["redactedAttributes"]!.AsArray().Select(n => (string)n!).Order(StringComparer.Ordinal);
            var expected = JsonNode.Parse(redacted)!.AsArray().Select(n => (string)n!).Append("own").Order(StringComparer.Ordinal);
            Assert.Equal(expected, names);
            var rest = member.DeepClone().AsObject();
            foreach (var builtIn in new[] { "kind", "key", "_meta" })
            {
                rest.Remove(builtIn);
            }

            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(left), rest), rest.ToJsonString());
        }
    }

    [Fact]
    public async Task A_full_buffer_drops_events_but_never_the_summary()
    {
        var client = await _driver.CreateAsync("""{"streaming":{"baseUri":"$H/v1"},"events":{"baseUri":"$H/events","capacity":3}}""");
        for (var i = 0; i < 5; i++)
        {
            await _driver.RunAsync(client, "identifyEvent", $$"""{"context":{"kind":"user","key":"u{{i}}"} }""");
        }

        await EvaluateAsync(client, "quiet", """{"kind":"user","key":"u0"}""");
        var events = await FlushedAsync(client);
        Assert.Equal(["u0", "u1", "u2"], events.Take(3).Select(e => (string)e!["context"]!["key"]!));
        Assert.Equal("summary", (string)events[3]!["kind"]!);
        Assert.Equal(4, events.Count);
    }

    [Theory]
    [InlineData("$H/events")]
    [InlineData("$H/events/")]
    [InlineData("$H/events/more/path/")]
    public async Task Requests_of_events_carry_what_the_service_needs(string address)
    {
        var client = await _driver.CreateAsync($$"""
            {"streaming":{"baseUri":"$H/v1"},"events":{"baseUri":"{{address}}","enableGzip":false},"wrapper":{"name":"wrap"},
             "tags":{"applicationId":"app","applicationVersion":"not valid!"} }
            """);
        for (var i = 0; i < 3; i++)
        {
            await _driver.RunAsync(client, "identifyEvent", $$"""{"context":{{User}}}""");
            await _driver.RunAsync(client, "flushEvents");
        }

        var path = address[2..].TrimEnd('/') + "/bulk";
        var requests = _driver.Harness.Requests.Entries.Where(r => r.Path == path).ToList();
        Assert.Equal(3, requests.Count);
        Assert.Equal(3, requests.Select(r => Guid.Parse(r.Headers["X-LaunchDarkly-Payload-ID"])).Distinct().Count());
        var stream = _driver.Harness.At("/v1/all").Single();
        foreach (var request in requests)
        {
            Assert.Equal("POST", request.Method);
            Assert.Equal("4", request.Headers["X-LaunchDarkly-Event-Schema"]);
            Assert.StartsWith("application/json", request.Headers["Content-Type"], StringComparison.Ordinal);
            Assert.False(request.Headers.ContainsKey("Content-Encoding"));
            Assert.Equal("application-id/app", request.Headers["X-LaunchDarkly-Tags"]);
            foreach (var header in new[] { "Authorization", "User-Agent", "X-LaunchDarkly-Instance-Id", "X-LaunchDarkly-Wrapper", "X-LaunchDarkly-Tags" })
            {
                Assert.Equal(stream.Headers[header], request.Headers[header]);
            }
        }

        Assert.Equal(4, Guid.Parse(stream.Headers["X-LaunchDarkly-Instance-Id"]).Version);
        Assert.Equal("wrap", stream.Headers["X-LaunchDarkly-Wrapper"]);
    }

    [Theory]
    [InlineData(503, 2, true)]
    [InlineData(400, 2, true)]
    [InlineData(401, 1, false)]
    [InlineData(404, 1, false)]
    public async Task A_failed_delivery_is_tried_once_more_or_is_the_last(int status, int attempts, bool goesOn)
    {
        _driver.Harness.Script = r => r.Path == "/events/bulk" && _driver.Harness.At("/events").Count == 1 ? new(status) : null;
        var client = await _driver.CreateAsync(Events);
        await _driver.RunAsync(client, "identifyEvent", $$"""{"context":{{User}}}""");
        await _driver.RunAsync(client, "flushEvents");
        var requests = _driver.Harness.At("/events/bulk");
        Assert.Equal(attempts, requests.Count);
        Assert.Single(requests.Select(r => (r.Headers["X-LaunchDarkly-Payload-ID"], r.Body)).Distinct());

        await _driver.RunAsync(client, "identifyEvent", $$"""{"context":{{User}}}""");
        await _driver.RunAsync(client, "flushEvents");
        Assert.Equal(attempts + (goesOn ? 1 : 0), _driver.Harness.At("/events/bulk").Count);
    }

    [Fact]
    public async Task Closing_a_client_delivers_what_is_left()
    {
        var client = await _driver.CreateAsync("""{"streaming":{"baseUri":"$H/v1"},"events":{"baseUri":"$H/events","flushIntervalMs":600000}}""");
        await _driver.RunAsync(client, "identifyEvent", $$"""{"context":{{User}}}""");
        await _driver.CloseAsync(client);
        Check(Assert.Single(Assert.Single(_driver.Harness.At("/events/bulk")).Json.AsArray()), $$"""{"kind":"identify","context":{{User}}}""");
    }

    [Fact]
    public async Task Events_are_delivered_at_the_interval()
    {
        var client = await _driver.CreateAsync("""{"streaming":{"baseUri":"$H/v1"},"events":{"baseUri":"$H/events","flushIntervalMs":50}}""");
        await _driver.RunAsync(client, "identifyEvent", $$"""{"context":{{User}}}""");
        await _driver.Harness.Requests.UntilAsync(all => all.Any(r => r.Path == "/events/bulk"));
    }

    [Theory]
    [InlineData("off", "read", """{"old":true}""", false)]
    [InlineData("dualwrite", "read", """{"old":true}""", false)]
    [InlineData("shadow", "read", """{"old":true,"new":true}""", true)]
    [InlineData("live", "read", """{"old":true,"new":true}""", true)]
    [InlineData("rampdown", "read", """{"new":true}""", false)]
    [InlineData("complete", "read", """{"new":true}""", false)]
    [InlineData("off", "write", """{"old":true}""", false)]
    [InlineData("dualwrite", "write", """{"old":true,"new":true}""", false)]
    [InlineData("complete", "write", """{"new":true}""", false)]
    public async Task An_operation_of_a_migration_is_measured(string stage, string operation, string invoked, bool isCompared)
    {
        _driver.Harness.Data = Data(Flag("stage", $"\"{stage}\"", "\"clientSide\":true"));
        var client = await _driver.CreateAsync(Events);
        foreach (var (tracks, fails) in new[] { ("", false), ("Latency", false), ("Consistency", false), ("Errors", false), ("Errors", true) })
        {
            var origin = fails ? "status/409" : "origin";
            var result = await _driver.RunAsync(client, "migrationOperation", $$"""
                {"key":"stage","context":{{User}},"defaultStage":"dualwrite","readExecutionOrder":"concurrent","operation":"{{operation}}",
                 "oldEndpoint":"$H/{{origin}}/same","newEndpoint":"$H/{{origin}}/same","track{{tracks}}":true}
                """);
            Assert.Contains(fails ? "409" : "same", (string)result!["result"]!, StringComparison.Ordinal);
            var sent = (await FlushedAsync(client)).Single(e => (string)e!["kind"]! == "migration_op")!.DeepClone();
            var measurements = sent["measurements"]!.AsArray().ToDictionary(m => (string)m!["key"]!, m => m!);
            sent.AsObject().Remove("measurements");
            Check(sent, $$"""
                {"kind":"migration_op","operation":"{{operation}}","context":{{User}},
                 "evaluation":{"key":"stage","value":"{{stage}}","default":"dualwrite","variation":0,"version":1,"reason":{"kind":"FALLTHROUGH"} } }
                """);
            var called = fails && operation == "write" && stage == "dualwrite" ? """{"old":true}""" : invoked;
            Assert.Equal(called, measurements["invoked"]["values"]!.ToJsonString());
            Assert.Equal(isCompared && tracks == "Consistency" ? """{"key":"consistent","value":true,"samplingRatio":1}""" : null, measurements.GetValueOrDefault("consistent")?.ToJsonString());
            Assert.Equal(fails ? called : null, measurements.GetValueOrDefault("error")?["values"]!.ToJsonString());
            Assert.Equal(
                tracks == "Latency" ? JsonNode.Parse(called)!.AsObject().Select(v => v.Key) : null,
                measurements.GetValueOrDefault("latency_ms")?["values"]!.AsObject().Select(v => v.Key));
        }
    }

    [Theory]
    [InlineData("\"migration\":{\"checkRatio\":0}", true, false)]
    [InlineData("\"samplingRatio\":0", false, false)]
    [InlineData("\"clientSide\":true", true, true)]
    public async Task A_migration_s_ratios_are_kept(string more, bool isReported, bool isCompared)
    {
        _driver.Harness.Data = Data(Flag("stage", "\"live\"", more));
        var client = await _driver.CreateAsync(Events);
        await _driver.RunAsync(client, "migrationOperation", $$"""
            {"key":"stage","context":{{User}},"defaultStage":"off","readExecutionOrder":"serial","operation":"read",
             "oldEndpoint":"$H/origin/a","newEndpoint":"$H/origin/b","trackConsistency":true}
            """);
        var sent = (await FlushedAsync(client)).SingleOrDefault(e => (string)e!["kind"]! == "migration_op");
        Assert.Equal(isReported, sent is not null);
        var comparison = sent?["measurements"]!.AsArray().SingleOrDefault(m => (string)m!["key"]! == "consistent");
        Assert.Equal(isCompared ? """{"key":"consistent","value":false,"samplingRatio":1}""" : null, comparison?.ToJsonString());
    }

    private static string Flag(string key, string value, string more) =>
        $$"""{"key":"{{key}}","version":1,"on":true,"fallthrough":{"variation":0},"variations":[{{value}}],"salt":"s",{{more}}}""";

    private static string Data(params string[] flags) =>
        $$"""{"flags":{{{string.Join(',', flags.Select(f => $"\"{(string)JsonNode.Parse(f)!["key"]!}\":{f}"))}}},"segments":{} }""";

    /// <summary>Everything but when, which must be a time.</summary>
    private static void Check(JsonNode? actual, string expected)
    {
        var sent = actual!.DeepClone().AsObject();
        foreach (var time in (string)sent["kind"]! == "summary" ? new[] { "startDate", "endDate" } : ["creationDate"])
        {
            Assert.True((long)sent[time]! > 1_700_000_000_000, sent.ToJsonString());
            sent.Remove(time);
        }

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), sent), sent.ToJsonString());
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await condition())
        {
            await Task.Delay(20, limit.Token);
        }
    }

    private Task<JsonNode?> EvaluateAsync(string client, string flag, string context, string type = "any", string fallback = "\"d\"", bool detail = false) =>
        _driver.RunAsync(client, "evaluate", $$"""
            {"flagKey":"{{flag}}","context":{{context}},"valueType":"{{type}}","defaultValue":{{fallback}},"detail":{{(detail ? "true" : "false")}}}
            """);

    /// <summary>The events of the delivery that this asks for.</summary>
    private async Task<JsonArray> FlushedAsync(string client)
    {
        var before = _driver.Harness.At("/events/bulk").Count;
        await _driver.RunAsync(client, "flushEvents");
        return Assert.Single(_driver.Harness.At("/events/bulk").Skip(before)).Json.AsArray();
    }
}
