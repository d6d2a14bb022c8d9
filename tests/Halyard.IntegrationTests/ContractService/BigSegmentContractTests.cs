using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Halyard.IntegrationTests.ContractService;

/// <summary>Big segments that a harness answers for: what is asked, how often, and what comes of each answer.</summary>
public sealed class BigSegmentContractTests : IAsyncLifetime
{
    // The hashes of the keys user1 and user2.
    private const string Hash1 = "CgQblGLKpKMbrDVn4Lbm/ZEAeH2yq0M9lvbReMq/zpA=";
    private const string Hash2 = "YCXRj+SKvUUWhSjxioLiZd2Y1CGnCEqgn2GzQXA5AaM=";

    private readonly ServiceDriver _driver = new();
    private readonly ConcurrentDictionary<string, string> _memberships = new();
    private volatile string _metadata = "now";

    public async ValueTask InitializeAsync()
    {
        await _driver.InitializeAsync();
        _driver.Harness.Data = """
            {"flags":{"flag":{"key":"flag","version":1,"on":true,"fallthrough":{"variation":0},"variations":["out","in"],"salt":"s","rules":[
               {"id":"1","variation":1,"clauses":[{"attribute":"","op":"segmentMatch","values":["one"]}]},
               {"id":"2","variation":1,"clauses":[{"attribute":"","op":"segmentMatch","values":["two"]}]},
               {"id":"3","variation":1,"clauses":[{"attribute":"","op":"segmentMatch","values":["other"]}]}]},
              "bad":{"key":"bad","version":1,"on":true,"fallthrough":{"variation":0},"variations":["out","in"],"salt":"s","rules":[
               {"id":"1","variation":1,"clauses":[{"attribute":"","op":"segmentMatch","values":["unnumbered"]}]}]}},
             "segments":{
              "one":{"key":"one","version":1,"unbounded":true,"generation":100,"included":["user3"],"salt":"s"},
              "two":{"key":"two","version":1,"unbounded":true,"generation":101,"salt":"s","rules":[{"id":"r","clauses":[{"attribute":"vip","op":"in","values":[true]}]}]},
              "other":{"key":"other","version":1,"unbounded":true,"generation":102,"unboundedContextKind":"other","salt":"s"},
              "unnumbered":{"key":"unnumbered","version":1,"unbounded":true,"salt":"s"}}}
            """.ReplaceLineEndings("");
        _driver.Harness.Script = Answer;
    }

    public ValueTask DisposeAsync() => _driver.DisposeAsync();

    [Theory]
    [InlineData("now", "HEALTHY")]
    [InlineData("old", "STALE")]
    public async Task A_membership_decides_and_rules_follow_it(string metadata, string status)
    {
        _metadata = metadata;
        foreach (var (membership, vip, value) in new[]
        {
            ("{}", false, "out"), ("""{"values":null}""", false, "out"), ("""{"values":{}}""", false, "out"), ("""{"values":{}}""", true, "in"),
            ("""{"values":{"one.g100":true}}""", false, "in"), ("""{"values":{"one.g100":false}}""", false, "out"),
            ("""{"values":{"one.g99":true}}""", false, "out"), ("""{"values":{"two.g101":false}}""", true, "out"),
        })
        {
            _memberships[Hash1] = membership;
            var client = await CreateAsync("");
            var asked = Asked.Count;
            var answer = await EvaluateAsync(client, $$"""{"kind":"user","key":"user1","vip":{{(vip ? "true" : "false")}}}""");
            Assert.Equal((value, status), ((string)answer["value"]!, (string)answer["reason"]!["bigSegmentsStatus"]!));
            Assert.Equal([Hash1], Asked.Skip(asked));
            await _driver.CloseAsync(client);
        }
    }

    [Fact]
    public async Task One_key_is_asked_for_once_and_several_in_the_order_of_need()
    {
        _memberships[Hash2] = """{"values":{"other.g102":true}}""";
        var client = await CreateAsync("");
        Assert.Equal("in", (string)(await EvaluateAsync(client, """{"kind":"multi","user":{"key":"user1"},"other":{"key":"user2"}}"""))["value"]!);
        Assert.Equal([Hash1, Hash2], Asked);
        Assert.Equal("out", (string)(await EvaluateAsync(client, """{"kind":"multi","user":{"key":"user1"},"other":{"key":"user1"}}"""))["value"]!);
        Assert.Equal("in", (string)(await EvaluateAsync(client, """{"kind":"multi","user":{"key":"user2"},"other":{"key":"user2"}}"""))["value"]!);
        Assert.Equal([Hash1, Hash2], Asked);

        // Neither a list of a big segment nor a segment of another kind is looked at.
        var answer = await EvaluateAsync(client, """{"kind":"org","key":"user3"}""");
        Assert.Equal("out", (string)answer["value"]!);
        Assert.Null(answer["reason"]!["bigSegmentsStatus"]);
        Assert.Equal("out", (string)(await EvaluateAsync(client, """{"kind":"user","key":"user3"}"""))["value"]!);
        Assert.Equal(3, Asked.Count);
    }

    [Fact]
    public async Task Memberships_are_kept_for_the_time_and_number_configured()
    {
        _memberships[Hash1] = """{"values":{"one.g100":true}}""";
        var client = await CreateAsync(""","userCacheTimeMs":50""");
        Assert.Equal("in", (string)(await EvaluateAsync(client, User(1)))["value"]!);
        _memberships[Hash1] = """{"values":{"one.g100":false}}""";
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((string)(await EvaluateAsync(client, User(1)))["value"]! == "in")
        {
            await Task.Delay(10, limit.Token);
        }

        Assert.Equal([Hash1, Hash1], Asked);

        client = await CreateAsync(""","userCacheTimeMs":600000,"userCacheSize":1""");
        var asked = Asked.Count;
        foreach (var number in new[] { 1, 1, 2, 2, 1 })
        {
            await EvaluateAsync(client, User(number));
        }

        Assert.Equal([Hash1, Hash2, Hash1], Asked.Skip(asked));
    }

    [Fact]
    public async Task The_status_is_asked_for_once_in_each_interval()
    {
        var client = await CreateAsync(""","statusPollIntervalMs":600000""");
        for (var i = 0; i < 5; i++)
        {
            await EvaluateAsync(client, User(i));
            var status = await _driver.RunAsync(client, "getBigSegmentStoreStatus");
            Assert.Equal("""{"available":true,"stale":false}""", status!.ToJsonString());
        }

        Assert.Single(_driver.Harness.At("/store/getMetadata"));
    }

    [Theory]
    [InlineData("now", "old")]
    [InlineData("old", "now")]
    [InlineData("now", "error")]
    [InlineData("error", "now")]
    [InlineData("now", "never")]
    public async Task A_change_of_the_status_is_noticed(string before, string after)
    {
        _metadata = before;
        var client = await CreateAsync(""","statusPollIntervalMs":10""");
        Assert.Equal(StatusOf(before), (await _driver.RunAsync(client, "getBigSegmentStoreStatus"))!.ToJsonString());
        _metadata = after;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await _driver.RunAsync(client, "getBigSegmentStoreStatus"))!.ToJsonString() != StatusOf(after))
        {
            await Task.Delay(10, limit.Token);
        }

        static string StatusOf(string metadata) => metadata switch
        {
            "now" => """{"available":true,"stale":false}""",
            "error" => """{"available":false,"stale":false}""",
            _ => """{"available":true,"stale":true}""",
        };
    }

    [Fact]
    public async Task What_cannot_be_looked_up_is_told_in_the_reason()
    {
        _memberships[Hash1] = "error";
        var client = await CreateAsync("");
        var answer = await EvaluateAsync(client, User(1));
        Assert.Equal(("out", "STORE_ERROR"), ((string)answer["value"]!, (string)answer["reason"]!["bigSegmentsStatus"]!));
        Assert.Equal([Hash1], Asked);
        answer = await EvaluateAsync(client, User(1), "bad");
        Assert.Equal(("out", "NOT_CONFIGURED"), ((string)answer["value"]!, (string)answer["reason"]!["bigSegmentsStatus"]!));
        Assert.Equal([Hash1], Asked);

        client = await _driver.CreateAsync("""{"streaming":{"baseUri":"$H/v1"}}""");
        answer = await EvaluateAsync(client, """{"kind":"user","key":"user1","vip":true}""");
        Assert.Equal(("in", "NOT_CONFIGURED"), ((string)answer["value"]!, (string)answer["reason"]!["bigSegmentsStatus"]!));
    }

    private IReadOnlyList<string> Asked => [.. _driver.Harness.At("/store/getMembership").Select(r => (string)r.Json["contextHash"]!)];

    private static string User(int number) => $$"""{"kind":"user","key":"user{{number}}"}""";

    private HarnessAnswer? Answer(HarnessRequest request) => request.Path switch
    {
        "/store/getMetadata" when _metadata == "error" => new(500),
        "/store/getMetadata" when _metadata == "never" => new(200, "{}"),
        "/store/getMetadata" => new(200, $$"""{"lastUpToDate":{{(_metadata == "now" ? DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() : 1)}}}"""),
        "/store/getMembership" => _memberships.GetValueOrDefault((string)request.Json["contextHash"]!, "{}") is var answer && answer == "error" ? new(500) : new(200, answer),
        _ => null,
    };

    private Task<string> CreateAsync(string settings) =>
        _driver.CreateAsync($$"""{"streaming":{"baseUri":"$H/v1"},"bigSegments":{"callbackUri":"$H/store"{{settings}} } }""");

    private async Task<JsonNode> EvaluateAsync(string client, string context, string flag = "flag") =>
        (await _driver.RunAsync(client, "evaluate", $$"""{"flagKey":"{{flag}}","context":{{context}},"valueType":"string","defaultValue":"d","detail":true}"""))!;
}
