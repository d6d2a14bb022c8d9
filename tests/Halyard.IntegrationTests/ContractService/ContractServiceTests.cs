using System.Net;
using System.Text.Json.Nodes;

namespace Halyard.IntegrationTests.ContractService;

/// <summary>Every command and every capability of the contract-test service, over HTTP and against recording servers.</summary>
public sealed class ContractServiceTests : IAsyncLifetime
{
    private const string User = """{"kind":"user","key":"u1"}""";
    private const string Streaming = """{"streaming":{"baseUri":"$H/v1"}}""";

    private static readonly string Data = """
        {"flags":{
          "bool":FLAG("bool",true), "string":FLAG("string","light"), "int":FLAG("int",42), "double":FLAG("double",2.5),
          "json":FLAG("json",{"a":[1]}), "null":FLAG("null",null), "stage":FLAG("stage","STAGE")
        },"segments":{}}
        """;

    private readonly ServiceDriver _driver = new();

    public async ValueTask InitializeAsync()
    {
        await _driver.InitializeAsync();
        _driver.Harness.Data = DataOf("off");
    }

    public ValueTask DisposeAsync() => _driver.DisposeAsync();

    [Fact]
    public async Task The_status_names_the_service_and_its_capabilities_once_each()
    {
        var (status, text, _) = await _driver.SendAsync(HttpMethod.Get, "/");
        Assert.Equal(HttpStatusCode.OK, status);
        var node = JsonNode.Parse(text)!;
        Assert.Equal("halyard", (string)node["name"]!);
        Assert.NotEmpty((string)node["clientVersion"]!);
        var capabilities = node["capabilities"]!.AsArray().Select(c => (string)c!).ToList();
        Assert.Contains("server-side", capabilities);
        Assert.Equal(capabilities.Count, capabilities.Distinct().Count());
    }

    // Seven flags, five types, with and without detail: seventy questions to each kind of source.
    [Theory]
    [InlineData(Streaming)]
    [InlineData("""{"polling":{"baseUri":"$H/v1/","pollIntervalMs":60000}}""")]
    [InlineData("""{"streaming":{},"serviceEndpoints":{"streaming":"$H/v1","polling":"$H/v1","events":"$H/v1"}}""")]
    [InlineData("""{"dataSystem":{"storeMode":0,"synchronizers":[{"streaming":{"baseUri":"$H/v2"}}]}}""")]
    [InlineData("""{"dataSystem":{"storeMode":0,"initializers":[{"polling":{"baseUri":"$H/v2"}}],"synchronizers":[{"polling":{"baseUri":"$H/v2/"}}]}}""")]
    [InlineData("""{"dataSystem":{"storeMode":0,"synchronizers":[{"streaming":{"baseUri":"$H/fallback"}}],"fdv1Fallback":{"baseUri":"$H/v1"}}}""")]
    public async Task Every_type_of_evaluation_answers_alike_from_every_source(string configuration)
    {
        var client = await _driver.CreateAsync(configuration);
        (string Flag, string Value, string Kind)[] flags =
        [
            ("bool", "true", "bool"), ("string", "\"light\"", "string"), ("int", "42", "number"), ("double", "2.5", "number"),
            ("json", """{"a":[1]}""", "object"), ("null", "null", "null"), ("none", "", "missing"),
        ];
        (string Type, string Default, string Accepts)[] types =
        [
            ("bool", "false", "bool"), ("string", "\"d\"", "string"), ("int", "7", "number"), ("double", "7.5", "number"), ("any", "\"d\"", "any"),
        ];
        foreach (var (flag, value, kind) in flags)
        {
            foreach (var (type, fallback, accepts) in types)
            {
                foreach (var detail in new[] { "false", "true" })
                {
                    var answer = await _driver.RunAsync(client, "evaluate", $$"""
                        {"flagKey":"{{flag}}","context":{{User}},"valueType":"{{type}}","defaultValue":{{fallback}},"detail":{{detail}}}
                        """);
                    var matches = kind == accepts || (accepts == "any" && kind != "missing");
                    var expected = !matches ? fallback : type == "int" && flag == "double" ? "2" : value;
                    Assert.Equal(expected, answer!["value"]?.ToJsonString() ?? "null");
                    if (detail == "false")
                    {
                        Assert.Null(answer["reason"]);
                        continue;
                    }

                    var reason = answer["reason"]!;
                    Assert.Equal(matches ? 0 : null, (int?)answer["variationIndex"]);
                    Assert.Equal(kind == "missing" ? "FLAG_NOT_FOUND" : matches ? null : "WRONG_TYPE", (string?)reason["errorKind"]);
                }
            }
        }

        await _driver.CloseAsync(client);
        Assert.True(_driver.Interactions >= 70, $"only {_driver.Interactions} interactions");
        Assert.Equal(0, _driver.Service.OpenClients);
    }

    [Fact]
    public async Task All_flags_answer_to_every_combination_of_options()
    {
        var client = await _driver.CreateAsync(Streaming);
        foreach (var reasons in new[] { false, true })
        {
            foreach (var clientSide in new[] { false, true })
            {
                foreach (var details in new[] { false, true })
                {
                    var answer = await _driver.RunAsync(client, "evaluateAll", new JsonObject
                    {
                        ["context"] = JsonNode.Parse(User),
                        ["withReasons"] = reasons,
                        ["clientSideOnly"] = clientSide,
                        ["detailsOnlyForTrackedFlags"] = details,
                    }.ToJsonString());
                    var state = answer!["state"]!;
                    Assert.True((bool)state["$valid"]!);
                    Assert.Equal(clientSide ? 0 : 7, state["$flagsState"]!.AsObject().Count);
                    if (!clientSide)
                    {
                        Assert.Equal(reasons && !details, state["$flagsState"]!["bool"]!["reason"] is not null);
                        Assert.Equal(!details, state["$flagsState"]!["bool"]!["version"] is not null);
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData("""{"single":{"key":"a"}}""", """{"kind":"user","key":"a"}""")]
    [InlineData("""{"single":{"kind":"org","key":"a","name":"n","anonymous":true}}""", """{"kind":"org","key":"a","name":"n","anonymous":true}""")]
    [InlineData("""{"single":{"key":"a","custom":{"x":1},"private":["x","/y/z"]}}""", """{"kind":"user","key":"a","x":1,"_meta":{"privateAttributes":["x","/y/z"]}}""")]
    [InlineData("""{"multi":[{"kind":"org","key":"a"},{"kind":"user","key":"b"}]}""", """{"kind":"multi","org":{"key":"a"},"user":{"key":"b"}}""")]
    [InlineData("""{"multi":[{"kind":"org","key":"a"}]}""", """{"kind":"org","key":"a"}""")]
    [InlineData("""{"single":{"key":"a","anonymous":false,"name":null,"private":null,"custom":{"x":null}}}""", """{"kind":"user","key":"a"}""")]
    [InlineData("""{"single":{"key":"a","custom":{"a":false,"b":1.5,"c":"","d":[],"e":{}}}}""", """{"kind":"user","key":"a","a":false,"b":1.5,"c":"","d":[],"e":{}}""")]
    [InlineData("""{"single":{"key":""}}""", null)]
    [InlineData("""{"single":{"kind":"multi","key":"a"}}""", null)]
    [InlineData("""{"single":{"kind":"kind","key":"a"}}""", null)]
    [InlineData("""{"single":{"kind":"ø","key":"a"}}""", null)]
    [InlineData("""{"multi":[]}""", null)]
    [InlineData("""{"multi":[{"kind":"org","key":"a"},{"kind":"org","key":"b"}]}""", null)]
    public async Task Contexts_are_built_or_refused_with_a_reason(string parameters, string? expected) =>
        Check(expected, await _driver.RunAsync(await _driver.CreateAsync(Streaming), "contextBuild", parameters));

    [Theory]
    [InlineData("""{"kind":"user","key":"a"}""", """{"kind":"user","key":"a"}""")]
    [InlineData("""{"key":"a","custom":{"x":true}}""", """{"kind":"user","key":"a","x":true}""")]
    [InlineData("""{"kind":"org","key":"a","_meta":{"privateAttributes":["b"]}}""", """{"kind":"org","key":"a","_meta":{"privateAttributes":["b"]}}""")]
    [InlineData("""{"kind":"org","key":"a","x":null,"name":null,"_meta":{"privateAttributes":[]}}""", """{"kind":"org","key":"a"}""")]
    [InlineData("""{"kind":"org","key":"a","_meta":{"privateAttributes":null}}""", """{"kind":"org","key":"a"}""")]
    [InlineData("""{"kind":"az.AZ-09_","key":"a","anonymous":true,"x":{"y":[1]}}""", """{"kind":"az.AZ-09_","key":"a","anonymous":true,"x":{"y":[1]}}""")]
    [InlineData("""{"kind":"multi","org":{"key":"a"},"user":{"key":"b","name":"n"}}""", """{"kind":"multi","org":{"key":"a"},"user":{"key":"b","name":"n"}}""")]
    [InlineData("""{"key":""}""", """{"kind":"user","key":""}""")]
    [InlineData("""{"key":"a","anonymous":true,"email":"e","country":null}""", """{"kind":"user","key":"a","anonymous":true,"email":"e"}""")]
    [InlineData("""{"key":"a","anonymous":null,"privateAttributeNames":["b","/c"]}""", """{"kind":"user","key":"a","_meta":{"privateAttributes":["b","/~1c"]}}""")]
    [InlineData("""{"kind":"org"}""", null)]
    [InlineData("""{"kind":"","key":"a"}""", null)]
    [InlineData("""{"kind":null,"key":"a"}""", null)]
    [InlineData("""{"kind":"org","key":null}""", null)]
    [InlineData("""{"kind":"org","key":"a","name":3}""", null)]
    [InlineData("""{"kind":"org","key":"a","anonymous":"yes"}""", null)]
    [InlineData("""{"kind":"org","key":"a","_meta":{"privateAttributes":{}}}""", null)]
    [InlineData("""{"kind":"multi","a b":{"key":"a"}}""", null)]
    [InlineData("{}", null)]
    [InlineData("""{"key":true}""", null)]
    [InlineData("""{"key":"a","anonymous":3}""", null)]
    [InlineData("""{"key":"a","email":3}""", null)]
    [InlineData("""{"key":"a","privateAttributeNames":{}}""", null)]
    [InlineData("""{"kind":"org","key":3}""", null)]
    [InlineData("""{"kind":true,"key":"a"}""", null)]
    [InlineData("{", null)]
    [InlineData("", null)]
    [InlineData("3", null)]
    [InlineData("""{"kind":"multi"}""", null)]
    public async Task Texts_are_converted_to_contexts_or_refused_with_a_reason(string input, string? expected) =>
        Check(expected, await _driver.RunAsync(
            await _driver.CreateAsync(Streaming), "contextConvert", new JsonObject { ["input"] = input }.ToJsonString()));

    [Theory]
    [InlineData("""{"single":{"kind":"a","key":"k"}}""", """{"single":{"kind":"a","key":"k"}}""", true)]
    [InlineData("""{"single":{"kind":"a","key":"k"}}""", """{"single":{"kind":"b","key":"k"}}""", false)]
    [InlineData("""{"single":{"kind":"a","key":"k","attributes":[{"name":"x","value":1},{"name":"y","value":2}]}}""", """{"single":{"kind":"a","key":"k","attributes":[{"name":"y","value":2},{"name":"x","value":1}]}}""", true)]
    [InlineData("""{"single":{"kind":"a","key":"k","privateAttributes":[{"value":"/x","literal":true}]}}""", """{"single":{"kind":"a","key":"k","privateAttributes":[{"value":"/~1x","literal":false}]}}""", true)]
    [InlineData("""{"single":{"kind":"a","key":"k","privateAttributes":[{"value":"/x","literal":true}]}}""", """{"single":{"kind":"a","key":"k","privateAttributes":[{"value":"/x","literal":false}]}}""", false)]
    [InlineData("""{"multi":[{"kind":"a","key":"k"},{"kind":"b","key":"l"}]}""", """{"multi":[{"kind":"b","key":"l"},{"kind":"a","key":"k"}]}""", true)]
    [InlineData("""{"multi":[{"kind":"a","key":"k"}]}""", """{"single":{"kind":"a","key":"k"}}""", true)]
    public async Task Contexts_are_compared_by_what_they_mean(string one, string two, bool equal)
    {
        var answer = await _driver.RunAsync(await _driver.CreateAsync(Streaming), "contextComparison", $$"""{"context1":{{one}},"context2":{{two}}}""");
        Assert.Equal(equal, (bool)answer!["equals"]!);
    }

    [Fact]
    public async Task The_secure_mode_hash_is_that_of_the_key()
    {
        var client = await _driver.CreateAsync("""{"credential":"secret","streaming":{"baseUri":"$H/v1"}}""");
        var answer = await _driver.RunAsync(client, "secureModeHash", """{"context":{"kind":"user","key":"Message"}}""");
        Assert.Equal("aa747c502a898200f9e4fa21bac68136f886a0e27aec70ba06daf2e2a5cb5597", (string)answer!["result"]!);
        Assert.False((bool)(await _driver.RunAsync(client, "getBigSegmentStoreStatus"))!["available"]!);
    }

    [Theory]
    [InlineData("$H/store", true, "in", "HEALTHY")]
    [InlineData("$H/status/500", false, "out", "STORE_ERROR")]
    public async Task Big_segments_are_asked_of_the_harness(string store, bool available, string served, string status)
    {
        _driver.Harness.Data = """
            {"flags":{"flag":{"key":"flag","version":1,"on":true,"rules":[{"id":"r","variation":1,"clauses":[{"attribute":"","op":"segmentMatch","values":["big"]}]}],"fallthrough":{"variation":0},"variations":["out","in"],"salt":"s"}},
             "segments":{"big":{"key":"big","version":1,"unbounded":true,"generation":2,"salt":"s"}}}
            """.ReplaceLineEndings("");
        var client = await _driver.CreateAsync($$"""{"streaming":{"baseUri":"$H/v1"},"bigSegments":{"callbackUri":"{{store}}","userCacheSize":10,"userCacheTimeMs":1000,"statusPollIntervalMs":500,"staleAfterMs":60000} }""");
        var answer = await _driver.RunAsync(client, "evaluate", $$"""{"flagKey":"flag","context":{{User}},"valueType":"string","defaultValue":"d","detail":true}""");
        Assert.Equal((served, status), ((string)answer!["value"]!, (string)answer["reason"]!["bigSegmentsStatus"]!));
        answer = await _driver.RunAsync(client, "getBigSegmentStoreStatus");
        Assert.Equal((available, false), ((bool)answer!["available"]!, (bool)answer["stale"]!));
    }

    [Fact]
    public async Task Events_reach_the_event_service()
    {
        var client = await _driver.CreateAsync("""
            {"streaming":{"baseUri":"$H/v1"},"events":{"baseUri":"$H/events","enableDiagnostics":true,"enableGzip":true,"globalPrivateAttributes":["secret"]}}
            """);
        await _driver.RunAsync(client, "identifyEvent", """{"context":{"kind":"user","key":"u1","secret":"s"}}""");
        string[] customs =
        [
            """{"eventKey":"plain","context":CTX,"omitNullData":true}""",
            """{"eventKey":"data","context":CTX,"data":{"x":1}}""",
            """{"eventKey":"metric","context":CTX,"metricValue":2.5}""",
            """{"eventKey":"both","context":CTX,"data":"d","metricValue":3}""",
        ];
        foreach (var custom in customs)
        {
            await _driver.RunAsync(client, "customEvent", custom.Replace("CTX", User, StringComparison.Ordinal));
        }

        await _driver.RunAsync(client, "evaluate", $$"""{"flagKey":"bool","context":{{User}},"valueType":"bool","defaultValue":false}""");
        await _driver.RunAsync(client, "flushEvents");
        var bulk = Assert.Single(_driver.Harness.At("/events/bulk"));
        Assert.Equal("gzip", bulk.Headers["Content-Encoding"]);
        var events = bulk.Json.AsArray();
        Assert.Equal(["plain", "data", "metric", "both"], events.Where(e => (string)e!["kind"]! == "custom").Select(e => (string)e!["key"]!));
        Assert.Contains(events, e => (string)e!["kind"]! == "summary");
        Assert.Null(events.Single(e => (string)e!["kind"]! == "identify")!["context"]!["secret"]);
        await _driver.Harness.Requests.UntilAsync(all => all.Any(r => r.Path == "/events/diagnostic"));
    }

    [Fact]
    public async Task Without_an_events_section_nothing_is_sent()
    {
        var client = await _driver.CreateAsync("""{"streaming":{"baseUri":"$H/v1"},"serviceEndpoints":{"events":"$H/events"}}""");
        await _driver.RunAsync(client, "identifyEvent", $$"""{"context":{{User}}}""");
        await _driver.RunAsync(client, "flushEvents");
        await _driver.CloseAsync(client);
        Assert.Empty(_driver.Harness.At("/events"));
    }

    [Theory]
    [InlineData(Streaming)]
    [InlineData("""{"polling":{"baseUri":"$H/v1"}}""")]
    [InlineData("""{"dataSystem":{"synchronizers":[{"streaming":{"baseUri":"$H/v2"}}]}}""")]
    [InlineData("""{"dataSystem":{"synchronizers":[{"polling":{"baseUri":"$H/v2"}}]}}""")]
    public async Task Hooks_call_back_in_order_with_their_data_and_the_environment(string configuration)
    {
        var node = JsonNode.Parse(configuration)!;
        node["hooks"] = JsonNode.Parse("""
            {"hooks":[
              {"name":"a","callbackUri":"$H/hook/a","data":{"beforeEvaluation":{"x":[1]}}},
              {"name":"bad","callbackUri":"$H/hook/bad","errors":{"beforeEvaluation":"no","afterEvaluation":"no","afterTrack":"no"}},
              {"name":"b","callbackUri":"$H/hook/b"}]}
            """);
        var client = await _driver.CreateAsync(node.ToJsonString());
        var answer = await _driver.RunAsync(client, "evaluate", $$"""{"flagKey":"bool","context":{{User}},"valueType":"bool","defaultValue":false,"detail":true}""");
        Assert.True((bool)answer!["value"]!);
        await _driver.RunAsync(client, "migrationVariation", $$"""{"key":"stage","context":{{User}},"defaultStage":"live"}""");
        await _driver.RunAsync(client, "customEvent", $$"""{"eventKey":"bought","context":{{User}},"data":"d","metricValue":1.5}""");

        var calls = _driver.Harness.At("/hook");
        Assert.Equal(["a", "b", "b", "a", "a", "b", "b", "a", "a", "b"], calls.Select(c => c.Path[6..]));
        Assert.Equal(
            ["beforeEvaluation", "beforeEvaluation", "afterEvaluation", "afterEvaluation"], calls.Take(4).Select(c => (string)c.Json["stage"]!));
        var after = calls[3].Json;
        Assert.Equal("[1]", after["evaluationSeriesData"]!["x"]!.ToJsonString());
        Assert.Equal("BoolVariationDetail", (string)after["evaluationSeriesContext"]!["method"]!);
        Assert.Equal("bool", (string)after["evaluationSeriesContext"]!["flagKey"]!);
        Assert.Equal("u1", (string)after["evaluationSeriesContext"]!["context"]!["key"]!);
        Assert.Equal(MockHarness.EnvironmentId, (string)after["evaluationSeriesContext"]!["environmentId"]!);
        Assert.True((bool)after["evaluationDetail"]!["value"]!);
        Assert.Equal("FALLTHROUGH", (string)after["evaluationDetail"]!["reason"]!["kind"]!);
        Assert.Equal("off", (string)calls[7].Json["evaluationDetail"]!["value"]!);
        var track = calls[9].Json["trackSeriesContext"]!;
        Assert.Equal(("bought", "d", 1.5, MockHarness.EnvironmentId), ((string)track["key"]!, (string)track["data"]!, (double)track["metricValue"]!, (string)track["environmentId"]!));
    }

    [Fact]
    public async Task A_hook_that_failed_before_an_evaluation_is_called_after_it_without_data()
    {
        var client = await _driver.CreateAsync("""
            {"streaming":{"baseUri":"$H/v1"},"hooks":{"hooks":[
              {"name":"a","callbackUri":"$H/hook/a","data":{"beforeEvaluation":{"x":1}},"errors":{"beforeEvaluation":"no"}},
              {"name":"b","callbackUri":"$H/hook/b","errors":{"afterTrack":"no"}}]}}
            """);
        foreach (var (type, flag, fallback) in new[] { ("bool", "bool", "false"), ("int", "int", "7"), ("double", "double", "7.5"), ("string", "string", "\"d\""), ("any", "json", "{}") })
        {
            var before = _driver.Harness.At("/hook").Count;
            var answer = await _driver.RunAsync(client, "evaluate", $$"""{"flagKey":"{{flag}}","context":{{User}},"valueType":"{{type}}","defaultValue":{{fallback}},"detail":true}""");
            var calls = _driver.Harness.At("/hook").Skip(before).ToList();
            Assert.Equal([("b", "beforeEvaluation"), ("b", "afterEvaluation"), ("a", "afterEvaluation")], calls.Select(c => (c.Path[6..], (string)c.Json["stage"]!)));
            Assert.All(calls, c => Assert.Equal(fallback, c.Json["evaluationSeriesContext"]!["defaultValue"]!.ToJsonString()));
            Assert.Equal("{}", calls[2].Json["evaluationSeriesData"]!.ToJsonString());
            foreach (var part in new[] { "value", "variationIndex", "reason" })
            {
                Assert.True(JsonNode.DeepEquals(answer![part], calls[2].Json["evaluationDetail"]![part]), part);
            }
        }

        foreach (var (parameters, expected) in new[]
        {
            ("", """{"key":"e","context":CTX,"environmentId":"env-1"}"""),
            (",\"metricValue\":11", """{"key":"e","context":CTX,"metricValue":11,"environmentId":"env-1"}"""),
            (",\"data\":{\"x\":[1]}", """{"key":"e","context":CTX,"data":{"x":[1]},"environmentId":"env-1"}"""),
        })
        {
            await _driver.RunAsync(client, "customEvent", $$"""{"eventKey":"e","context":{{User}}{{parameters}}}""");
            var call = _driver.Harness.At("/hook")[^1];
            Assert.Equal("a", call.Path[6..]);
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected.Replace("CTX", User, StringComparison.Ordinal)), call.Json["trackSeriesContext"]), call.Body);
        }
    }

    [Theory]
    [InlineData("off", "old", "old")]
    [InlineData("dualwrite", "old", "old")]
    [InlineData("shadow", "old", "old")]
    [InlineData("live", "new", "new")]
    [InlineData("rampdown", "new", "new")]
    [InlineData("complete", "new", "new")]
    public async Task Migrations_ask_the_origins_that_the_stage_names(string stage, string read, string written)
    {
        _driver.Harness.Data = DataOf(stage);
        var client = await _driver.CreateAsync(Streaming);
        var answer = await _driver.RunAsync(client, "migrationVariation", $$"""{"key":"stage","context":{{User}},"defaultStage":"off"}""");
        Assert.Equal(stage, (string)answer!["result"]!);
        foreach (var order in new[] { "serial", "random", "concurrent" })
        {
            foreach (var (operation, expected) in new[] { ("read", read), ("write", written) })
            {
                answer = await _driver.RunAsync(client, "migrationOperation", $$"""
                    {"key":"stage","context":{{User}},"defaultStage":"off","readExecutionOrder":"{{order}}","operation":"{{operation}}",
                     "oldEndpoint":"$H/origin/old","newEndpoint":"$H/origin/new","payload":"p","trackLatency":true,"trackErrors":true,"trackConsistency":true}
                    """);
                Assert.Equal(expected, (string)answer!["result"]!);
            }
        }

        Assert.All(_driver.Harness.At("/origin"), r => Assert.Equal("p", r.Body));
        answer = await _driver.RunAsync(client, "migrationOperation", $$"""
            {"key":"stage","context":{{User}},"defaultStage":"off","operation":"read","oldEndpoint":"$H/status/500","newEndpoint":"$H/status/500"}
            """);
        Assert.Contains("500", (string)answer!["result"]!);
    }

    [Fact]
    public async Task Listeners_hear_of_changes_until_they_are_unregistered()
    {
        var client = await _driver.CreateAsync(Streaming);
        await _driver.RunAsync(client, "registerFlagChangeListener", """{"listenerId":"l1","callbackUri":"$H/listen/wrong"}""");
        await _driver.RunAsync(client, "registerFlagChangeListener", """{"listenerId":"l1","callbackUri":"$H/listen/flag"}""");
        await _driver.RunAsync(client, "registerFlagValueChangeListener", $$"""
            {"listenerId":"l2","flagKey":"bool","context":{{User}},"defaultValue":false,"callbackUri":"$H/listen/value"}
            """);
        Patch("bool", 2, "false");
        await _driver.Harness.Requests.UntilAsync(all => all.Count(r => r.Path.StartsWith("/listen", StringComparison.Ordinal)) == 2);
        Assert.Equal("""{"listenerId":"l1","flagKey":"bool"}""", _driver.Harness.At("/listen/flag")[0].Body);
        Assert.Equal("""{"listenerId":"l2","flagKey":"bool","oldValue":true,"newValue":false}""", _driver.Harness.At("/listen/value")[0].Body);

        await _driver.RunAsync(client, "registerFlagChangeListener", """{"listenerId":"l3","flagKey":"int","callbackUri":"$H/other"}""");
        await _driver.RunAsync(client, "unregisterListener", """{"listenerId":"l2"}""");
        Patch("bool", 3, "true");
        await _driver.Harness.Requests.UntilAsync(all => all.Count(r => r.Path == "/listen/flag") == 2);
        Assert.Single(_driver.Harness.At("/listen/value"));
        Assert.Empty(_driver.Harness.At("/listen/wrong"));
        Patch("int", 2, "43");
        await _driver.Harness.Requests.UntilAsync(all => all.Any(r => r.Path == "/other"));
        Assert.Equal("""{"listenerId":"l3","flagKey":"int"}""", Assert.Single(_driver.Harness.At("/other")).Body);
    }

    [Fact]
    public async Task Requests_carry_key_tags_wrapper_instance_and_a_valid_filter()
    {
        const string Common = """
            "tags":{"applicationId":"app","applicationVersion":"1.0"},"wrapper":{"name":"wrap","version":"2"}
            """;
        foreach (var (source, path, query) in new[]
        {
            ("""{"streaming":{"baseUri":"$H/a","filter":"f-1"},""", "/a/all", "?filter=f-1"),
            ("""{"polling":{"baseUri":"$H/b/","filter":"f-1"},""", "/b/sdk/latest-all", "?filter=f-1"),
            ("""{"streaming":{"baseUri":"$H/c","filter":"not valid"},""", "/c/all", ""),
            ("""{"dataSystem":{"synchronizers":[{"streaming":{"baseUri":"$H/d"}}]},""", "/d/sdk/stream", ""),
        })
        {
            await _driver.CreateAsync(source + Common + "}");
            var request = _driver.Harness.At(path)[0];
            Assert.Equal(query, request.Query);
            Assert.Equal("sdk-key", request.Headers["Authorization"]);
            Assert.Equal("application-id/app application-version/1.0", request.Headers["X-LaunchDarkly-Tags"]);
            Assert.Equal("wrap/2", request.Headers["X-LaunchDarkly-Wrapper"]);
            Assert.NotEmpty(request.Headers["X-LaunchDarkly-Instance-Id"]);
            Assert.Equal(path.Contains("latest", StringComparison.Ordinal), request.Headers.GetValueOrDefault("Accept-Encoding")?.Contains("gzip", StringComparison.Ordinal) ?? false);
        }

        Assert.Equal(4, _driver.Harness.Requests.Entries.Select(r => r.Headers["X-LaunchDarkly-Instance-Id"]).Distinct().Count());
    }

    [Theory]
    [InlineData("""{"streaming":{"baseUri":"$H/status/401"}}""", 500)]
    [InlineData("""{"streaming":{"baseUri":"$H/status/401"},"initCanFail":true}""", 201)]
    [InlineData("""{"polling":{"baseUri":"$H/status/503"},"startWaitTimeMs":50}""", 500)]
    [InlineData("""{"polling":{"baseUri":"$H/slow/x"},"startWaitTimeMs":1,"initCanFail":true}""", 201)]
    [InlineData("""{"streaming":{"baseUri":"$H/v1"},"startWaitTimeMs":30000000000}""", 201)]
    [InlineData("""{"streaming":{"baseUri":"$H/v1","initialRetryDelayMs":1e30}}""", 201)]
    [InlineData("""{"streaming":{"baseUri":"$H/v1"},"initCanFail":null,"tags":null,"hooks":{}}""", 201)]
    [InlineData("""{"streaming":{"baseUri":"nowhere"}}""", 400)]
    [InlineData("""{"streaming":"on"}""", 400)]
    [InlineData("""{"credential":"a b","streaming":{"baseUri":"$H/v1"}}""", 400)]
    [InlineData("""{"startWaitTimeMs":"5"}""", 400)]
    [InlineData("""{"startWaitTimeMs":-5}""", 400)]
    [InlineData("""{"initCanFail":1}""", 400)]
    [InlineData("""{"streaming":{"baseUri":"$H/v1"},"events":{"capacity":-1}}""", 400)]
    [InlineData("""{"hooks":{"hooks":[{"name":"a"}]}}""", 400)]
    [InlineData("""{"tls":{"customCAFile":"/no/such/file.pem"}}""", 400)]
    [InlineData("""{"persistentDataStore":{"store":{"type":"cassandra"},"cache":{"mode":"off"}}}""", 400)]
    [InlineData("""{"persistentDataStore":{"store":{"type":"redis"},"cache":{"mode":"sometimes"}}}""", 400)]
    [InlineData("""{"dataSystem":{"synchronizers":[{"pigeon":{}}]}}""", 400)]
    public async Task A_client_is_made_or_refused_with_the_right_status(string configuration, int status)
    {
        var (actual, text, location) = await _driver.SendAsync(HttpMethod.Post, "/", _driver.Body(configuration));
        Assert.True(status == (int)actual, $"{actual}: {text}");
        Assert.Equal(status == 201, location is not null);
        Assert.Equal(status == 201 ? 1 : 0, _driver.Service.OpenClients);
        if (status != 201)
        {
            Assert.NotEmpty(text);
        }
    }

    [Theory]
    [InlineData("{", 400)]
    [InlineData("", 400)]
    [InlineData("[]", 400)]
    [InlineData("{}", 400)]
    [InlineData("""{"command":3}""", 400)]
    [InlineData("""{"command":"dance"}""", 400)]
    [InlineData("""{"command":"evaluate"}""", 400)]
    [InlineData("""{"command":"evaluate","evaluate":3}""", 400)]
    [InlineData("""{"command":"evaluate","evaluate":{"flagKey":"bool"}}""", 400)]
    [InlineData("""{"command":"evaluate","evaluate":{"flagKey":"bool","context":{"key":"a","kind":"user"},"valueType":"date"}}""", 400)]
    [InlineData("""{"command":"contextBuild","contextBuild":{}}""", 400)]
    [InlineData("""{"command":"contextConvert","contextConvert":{"input":7}}""", 400)]
    [InlineData("""{"command":"migrationVariation","migrationVariation":{"key":"k","context":{"kind":"user","key":"a"},"defaultStage":"x"}}""", 400)]
    [InlineData("""{"command":"registerFlagChangeListener","registerFlagChangeListener":{"listenerId":"a"}}""", 400)]
    [InlineData("""{"command":"customEvent","customEvent":{"context":{"kind":"user","key":"a"}}}""", 400)]
    [InlineData("""{"command":"evaluate","evaluate":{"flagKey":"bool","context":{"kind":"user","key":""},"valueType":"bool"}}""", 200)]
    [InlineData("""{"command":"unregisterListener","unregisterListener":{"listenerId":"none"}}""", 204)]
    [InlineData("""{"command":"flushEvents"}""", 204)]
    public async Task A_command_is_taken_or_refused_with_the_right_status(string body, int status)
    {
        var client = await _driver.CreateAsync(Streaming);
        var (actual, text, _) = await _driver.SendAsync(HttpMethod.Post, client, body);
        Assert.True(status == (int)actual, $"{actual}: {text}");
        await _driver.CloseAsync(client);
        Assert.Equal(HttpStatusCode.NotFound, (await _driver.SendAsync(HttpMethod.Post, client, body)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _driver.SendAsync(HttpMethod.Delete, client)).Status);
    }

    [Fact]
    public async Task Several_clients_are_open_at_once_and_the_service_stops_when_asked()
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => _driver.CreateAsync($$"""{"streaming":{"baseUri":"$H/{{i}}"},"credential":"key-{{i}}"}""")));
        Assert.Equal(10, clients.Distinct().Count());
        Assert.Equal(10, _driver.Service.OpenClients);
        var streams = _driver.Harness.Requests.Entries;
        Assert.Equal(10, streams.Select(r => r.Headers["X-LaunchDarkly-Instance-Id"]).Distinct().Count());
        Assert.All(streams, r => Assert.Equal(r.Path, "/" + r.Headers["Authorization"][4..] + "/all"));

        // Those that are left go on while others are closed.
        await Task.WhenAll(clients[..5].Select(_driver.CloseAsync));
        Assert.Equal(5, _driver.Service.OpenClients);
        var answers = await Task.WhenAll(clients[5..].Select(client => _driver.RunAsync(
            client, "evaluate", $$"""{"flagKey":"int","context":{{User}},"valueType":"int","defaultValue":7}""")));
        Assert.All(answers, answer => Assert.Equal(42, (int)answer!["value"]!));
        await Task.WhenAll(clients[5..].Select(_driver.CloseAsync));
        Assert.Equal(0, _driver.Service.OpenClients);

        Assert.Equal(HttpStatusCode.NoContent, (await _driver.SendAsync(HttpMethod.Delete, "/")).Status);
        await _driver.Service.StopAsked.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private static string DataOf(string stage)
    {
        var text = System.Text.RegularExpressions.Regex.Replace(
            Data, """FLAG\("(\w+)",(.*?)\)""", """{"key":"$1","version":1,"on":true,"fallthrough":{"variation":0},"variations":[$2],"salt":"s"}""");
        return text.Replace("STAGE", stage, StringComparison.Ordinal).ReplaceLineEndings("");
    }

    private static void Check(string? expected, JsonNode? answer)
    {
        if (expected is null)
        {
            Assert.NotEmpty((string)answer!["error"]!);
            Assert.True(string.IsNullOrEmpty((string?)answer["output"]));
        }
        else
        {
            Assert.Equal("", (string)answer!["error"]!);
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse((string)answer["output"]!)), (string)answer["output"]!);
        }
    }

    private void Patch(string key, int version, string value) => _driver.Harness.Push(
        $$"""event: patch{{"\n"}}data: {"path":"/flags/{{key}}","data":{"key":"{{key}}","version":{{version}},"on":true,"fallthrough":{"variation":0},"variations":[{{value}}],"salt":"s"} }{{"\n\n"}}""");
}
