using System.Reflection;
using System.Text.Json.Nodes;
using Halyard.ContractService;

namespace Halyard.IntegrationTests.ContractService;

/// <summary>One script through the whole service, and the list of what it announces with the test that proves each.</summary>
public sealed class SelfCheckTests : IAsyncLifetime
{
    private const string User = """{"kind":"user","key":"u1"}""";

    private static readonly string[] Sources =
    [
        """{"streaming":{"baseUri":"$H/v1"}}""",
        """{"polling":{"baseUri":"$H/v1"}}""",
        """{"streaming":{},"serviceEndpoints":{"streaming":"$H/v1"}}""",
        """{"dataSystem":{"synchronizers":[{"streaming":{"baseUri":"$H/v2"}}]}}""",
        """{"dataSystem":{"initializers":[{"polling":{"baseUri":"$H/v2"}}],"synchronizers":[{"polling":{"baseUri":"$H/v2"}}]}}""",
        """{"dataSystem":{"synchronizers":[{"streaming":{"baseUri":"$H/fallback"}}],"fdv1Fallback":{"baseUri":"$H/v1"}}}""",
    ];

    private static readonly (string Type, string Value, string Default)[] Flags =
    [
        ("bool", "true", "false"), ("string", "\"light\"", "\"d\""), ("int", "42", "7"), ("double", "2.5", "7.5"), ("any", """{"a":[1]}""", "null"),
    ];

    private static readonly (string Capability, Type Class, string Test)[] Proofs =
    [
        ("server-side", typeof(SelfCheckTests), nameof(Every_command_answers_from_every_source)),
        ("strongly-typed", typeof(ContractServiceTests), nameof(ContractServiceTests.Every_type_of_evaluation_answers_alike_from_every_source)),
        ("all-flags-with-reasons", typeof(ContractServiceTests), nameof(ContractServiceTests.All_flags_answer_to_every_combination_of_options)),
        ("all-flags-client-side-only", typeof(ContractServiceTests), nameof(ContractServiceTests.All_flags_answer_to_every_combination_of_options)),
        ("all-flags-details-only-for-tracked-flags", typeof(ContractServiceTests), nameof(ContractServiceTests.All_flags_answer_to_every_combination_of_options)),
        ("client-prereq-events", typeof(SelfCheckTests), nameof(Every_command_answers_from_every_source)),
        ("big-segments", typeof(BigSegmentContractTests), nameof(BigSegmentContractTests.A_membership_decides_and_rules_follow_it)),
        ("context-type", typeof(ContractServiceTests), nameof(ContractServiceTests.Texts_are_converted_to_contexts_or_refused_with_a_reason)),
        ("context-comparison", typeof(ContractServiceTests), nameof(ContractServiceTests.Contexts_are_compared_by_what_they_mean)),
        ("user-type", typeof(OldUserTests), nameof(OldUserTests.A_user_stands_for_a_context_in_every_command)),
        ("secure-mode-hash", typeof(ContractServiceTests), nameof(ContractServiceTests.The_secure_mode_hash_is_that_of_the_key)),
        ("server-side-polling", typeof(SourceContractTests), nameof(SourceContractTests.A_poll_is_not_repeated_before_the_shortest_interval_is_over)),
        ("polling-gzip", typeof(SourceContractTests), nameof(SourceContractTests.A_compressed_poll_is_understood)),
        ("service-endpoints", typeof(SelfCheckTests), nameof(Every_command_answers_from_every_source)),
        ("tags", typeof(SourceContractTests), nameof(SourceContractTests.Tags_are_sent_when_they_can_be)),
        ("wrapper", typeof(SourceContractTests), nameof(SourceContractTests.A_wrapper_is_sent_when_it_has_a_name)),
        ("instance-id", typeof(ContractServiceTests), nameof(ContractServiceTests.Requests_carry_key_tags_wrapper_instance_and_a_valid_filter)),
        ("filtering", typeof(ContractServiceTests), nameof(ContractServiceTests.Requests_carry_key_tags_wrapper_instance_and_a_valid_filter)),
        ("filtering-strict", typeof(ContractServiceTests), nameof(ContractServiceTests.Requests_carry_key_tags_wrapper_instance_and_a_valid_filter)),
        ("migrations", typeof(ContractServiceTests), nameof(ContractServiceTests.Migrations_ask_the_origins_that_the_stage_names)),
        ("event-sampling", typeof(EventContractTests), nameof(EventContractTests.A_migration_s_ratios_are_kept)),
        ("event-gzip", typeof(ContractServiceTests), nameof(ContractServiceTests.Events_reach_the_event_service)),
        ("optional-event-gzip", typeof(EventContractTests), nameof(EventContractTests.Requests_of_events_carry_what_the_service_needs)),
        ("inline-context", typeof(EventContractTests), nameof(EventContractTests.A_tracked_flag_is_reported_in_full)),
        ("inline-context-all", typeof(EventContractTests), nameof(EventContractTests.A_custom_event_carries_any_data_and_any_number)),
        ("anonymous-redaction", typeof(EventContractTests), nameof(EventContractTests.A_tracked_flag_is_reported_in_full)),
        ("omit-anonymous-contexts", typeof(EventContractTests), nameof(EventContractTests.Anonymous_contexts_can_be_left_out_of_descriptions)),
        ("evaluation-hooks", typeof(ContractServiceTests), nameof(ContractServiceTests.Hooks_call_back_in_order_with_their_data_and_the_environment)),
        ("track-hooks", typeof(ContractServiceTests), nameof(ContractServiceTests.Hooks_call_back_in_order_with_their_data_and_the_environment)),
        ("hook-environment-id", typeof(ContractServiceTests), nameof(ContractServiceTests.Hooks_call_back_in_order_with_their_data_and_the_environment)),
        ("flag-change-listeners", typeof(ContractServiceTests), nameof(ContractServiceTests.Listeners_hear_of_changes_until_they_are_unregistered)),
        ("flag-value-change-listeners", typeof(ContractServiceTests), nameof(ContractServiceTests.Listeners_hear_of_changes_until_they_are_unregistered)),
        ("flag-overrides", typeof(OverrideContractTests), nameof(OverrideContractTests.Edits_are_followed_and_bad_or_torn_ones_keep_the_last_good)),
        ("fdv1-fallback", typeof(DataSystemContractTests), nameof(DataSystemContractTests.The_directive_moves_to_the_fallback_for_good_with_the_same_tags_and_instance)),
        ("retry-conformance-fdv1-streaming", typeof(SourceContractTests), nameof(SourceContractTests.After_a_refusal_a_source_waits_for_minutes)),
        ("retry-conformance-fdv1-polling", typeof(SourceContractTests), nameof(SourceContractTests.After_a_refusal_a_source_waits_for_minutes)),
        ("tls:verify-peer", typeof(ConnectionContractTests), nameof(ConnectionContractTests.Certificates_are_verified_trusted_by_authority_or_let_pass)),
        ("tls:skip-verify-peer", typeof(ConnectionContractTests), nameof(ConnectionContractTests.Certificates_are_verified_trusted_by_authority_or_let_pass)),
        ("tls:custom-ca", typeof(ConnectionContractTests), nameof(ConnectionContractTests.Certificates_are_verified_trusted_by_authority_or_let_pass)),
        ("http-proxy", typeof(ConnectionContractTests), nameof(ConnectionContractTests.A_proxy_is_used_for_every_request)),
        ("persistent-data-store-redis", typeof(RedisContractTests), nameof(PersistentStoreTests.A_store_beside_a_source_is_written_when_it_may_be)),
        ("persistent-data-store-dynamodb", typeof(DynamoDBContractTests), nameof(PersistentStoreTests.A_store_beside_a_source_is_written_when_it_may_be)),
        ("persistent-data-store-consul", typeof(ConsulContractTests), nameof(PersistentStoreTests.A_store_beside_a_source_is_written_when_it_may_be)),
    ];

    private readonly ServiceDriver _driver = new();

    public async ValueTask InitializeAsync()
    {
        await _driver.InitializeAsync();
        var flags = Flags.Select(f => Flag(f.Type, f.Value)).Append(Flag("stage", "\"live\""))
            .Append(Flag("top", "1", "\"prerequisites\":[{\"key\":\"bool\",\"variation\":0}],"));
        _driver.Harness.Data = $$"""{"flags":{ {{string.Join(',', flags)}} },"segments":{} }""";
    }

    public ValueTask DisposeAsync() => _driver.DisposeAsync();

    [Fact]
    public void Every_capability_that_is_announced_has_its_test()
    {
        Assert.Equal(Proofs.Select(p => p.Capability), Capabilities.All);
        Assert.All(Proofs, p => Assert.NotNull(p.Class.GetMethod(p.Test)?.GetCustomAttribute<FactAttribute>()));
    }

    [Fact]
    public async Task Every_command_answers_from_every_source()
    {
        foreach (var source in Sources)
        {
            var node = JsonNode.Parse(source)!;
            node["credential"] = "secret";
            node["events"] = JsonNode.Parse("""{"baseUri":"$H/events"}""");
            node["bigSegments"] = JsonNode.Parse("""{"callbackUri":"$H/store"}""");
            var client = await _driver.CreateAsync(node.ToJsonString());
            await EvaluateAsync(client);
            await ContextsAsync(client);
            await ForSomebodyAsync(client);
            await _driver.CloseAsync(client);
        }

        Assert.Equal(ClientEntity.Commands.Order(StringComparer.Ordinal), _driver.Commands.Order(StringComparer.Ordinal));
        Assert.True(_driver.Interactions >= 300, $"only {_driver.Interactions} interactions");
        Assert.Equal(0, _driver.Service.OpenClients);
    }

    private static string Flag(string key, string value, string more = "") =>
        $$"""
        "{{key}}":{"key":"{{key}}","version":1,"on":true,{{more}}"fallthrough":{"variation":0},"variations":[{{value}}],"salt":"s"}
        """;

    private static void Same(string expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), actual?.ToJsonString());

    private async Task EvaluateAsync(string client)
    {
        foreach (var (flag, value, _) in Flags)
        {
            foreach (var (type, _, fallback) in Flags)
            {
                foreach (var isDetailed in new[] { false, true })
                {
                    var answer = await _driver.RunAsync(client, "evaluate", $$"""
                        {"flagKey":"{{flag}}","context":{{User}},"valueType":"{{type}}","defaultValue":{{fallback}},"detail":{{(isDetailed ? "true" : "false")}}}
                        """);
                    var matches = flag == type || type == "any" || (flag, type) is ("int", "double") or ("double", "int");
                    var expected = !matches ? fallback : (flag, type) == ("double", "int") ? "2" : value;
                    var detail = matches
                        ? ""","variationIndex":0,"reason":{"kind":"FALLTHROUGH"}"""
                        : ""","variationIndex":null,"reason":{"kind":"ERROR","errorKind":"WRONG_TYPE"}""";
                    Same($$"""{"value":{{expected}}{{(isDetailed ? detail : "")}}}""", answer);
                }
            }
        }

        var all = (await _driver.RunAsync(client, "evaluateAll", $$"""{"context":{{User}}}"""))!["state"]!;
        Assert.Equal(Flags.Length + 4, all.AsObject().Count);
        Same("""{"variation":0,"version":1,"prerequisites":["bool"]}""", all["$flagsState"]!["top"]);
    }

    private async Task ContextsAsync(string client)
    {
        Same("""{"output":"{\u0022kind\u0022:\u0022user\u0022,\u0022key\u0022:\u0022a\u0022}","error":""}""", await _driver.RunAsync(client, "contextBuild", """{"single":{"key":"a"}}"""));
        Same("""{"output":"{\u0022kind\u0022:\u0022user\u0022,\u0022key\u0022:\u0022a\u0022}","error":""}""", await _driver.RunAsync(client, "contextConvert", """{"input":"{\u0022key\u0022:\u0022a\u0022}"}"""));
        Same("""{"equals":false}""", await _driver.RunAsync(client, "contextComparison", """{"context1":{"single":{"kind":"a","key":"k"}},"context2":{"single":{"kind":"b","key":"k"}}}"""));
        Same(
            """{"result":"aa747c502a898200f9e4fa21bac68136f886a0e27aec70ba06daf2e2a5cb5597"}""",
            await _driver.RunAsync(client, "secureModeHash", """{"context":{"kind":"user","key":"Message"}}"""));
    }

    private async Task ForSomebodyAsync(string client)
    {
        Same("""{"result":"live"}""", await _driver.RunAsync(client, "migrationVariation", $$"""{"key":"stage","context":{{User}},"defaultStage":"off"}"""));
        Same("""{"result":"new"}""", await _driver.RunAsync(client, "migrationOperation", $$"""
            {"key":"stage","context":{{User}},"defaultStage":"off","readExecutionOrder":"serial","operation":"read","oldEndpoint":"$H/origin/old","newEndpoint":"$H/origin/new"}
            """));
        Same("""{"available":true,"stale":false}""", await _driver.RunAsync(client, "getBigSegmentStoreStatus"));
        Assert.Null(await _driver.RunAsync(client, "registerFlagChangeListener", """{"listenerId":"a","callbackUri":"$H/listen"}"""));
        Assert.Null(await _driver.RunAsync(client, "registerFlagValueChangeListener", $$"""{"listenerId":"b","flagKey":"bool","context":{{User}},"defaultValue":false,"callbackUri":"$H/listen"}"""));
        Assert.Null(await _driver.RunAsync(client, "unregisterListener", """{"listenerId":"a"}"""));

        var before = _driver.Harness.At("/events/bulk").Count;
        Assert.Null(await _driver.RunAsync(client, "identifyEvent", $$"""{"context":{{User}}}"""));
        Assert.Null(await _driver.RunAsync(client, "customEvent", $$"""{"eventKey":"bought","context":{{User}},"metricValue":1}"""));
        Assert.Null(await _driver.RunAsync(client, "flushEvents"));
        var kinds = _driver.Harness.At("/events/bulk").Skip(before).SelectMany(r => r.Json.AsArray()).Select(e => (string)e!["kind"]!).Distinct();
        Assert.Equal(["custom", "identify", "index", "migration_op", "summary"], kinds.Order(StringComparer.Ordinal));
    }
}
