using System.Text.Json.Nodes;

namespace Halyard.IntegrationTests.ContractService;

/// <summary>Files of overrides, as a harness writes them and reads what became of them.</summary>
public sealed class OverrideContractTests : IAsyncLifetime
{
    private const string Stream = "\"streaming\":{\"baseUri\":\"$H/v1\"},\"events\":{\"baseUri\":\"$H/events\"}";

    private readonly ServiceDriver _driver = new();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("halyard-overrides-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _driver.InitializeAsync();
        _driver.Harness.Data = """
            {"flags":{
              "plain":{"key":"plain","version":4,"on":true,"fallthrough":{"variation":0},"variations":["base"],"salt":"s","trackEvents":true},
              "segmented":{"key":"segmented","version":4,"on":true,"fallthrough":{"variation":0},"variations":["out","in"],"salt":"s",
                "rules":[{"clauses":[{"op":"segmentMatch","values":["beta"]}],"variation":1}]}},
             "segments":{}}
            """.ReplaceLineEndings("");
    }

    public async ValueTask DisposeAsync()
    {
        await _driver.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Values_flags_and_segments_of_a_file_stand_in_place_of_the_services()
    {
        var path = Write("a.json", """
            {"flagValues":{"plain":"mine"},
             "flags":{"whole":{"key":"whole","version":9,"on":true,"fallthrough":{"variation":1},"variations":["a","b"],
               "rules":[{"clauses":[{"op":"segmentMatch","values":["beta"]}],"variation":0}]}},
             "segments":{"beta":{"key":"beta","version":2,"included":["u"]}}}
            """);
        var client = await _driver.CreateAsync($$$"""{{{{Stream}}},"overrides":{"filePaths":["{{{path}}}"]}}""");
        Check(await DetailAsync(client, "plain"), """{"value":"mine","variationIndex":0,"reason":{"kind":"OFF","isOverride":true}}""");
        Check(await DetailAsync(client, "whole"), """{"value":"a","variationIndex":0,"reason":{"kind":"RULE_MATCH","ruleIndex":0,"isOverride":true}}""");
        Check(await DetailAsync(client, "segmented"), """{"value":"in","variationIndex":1,"reason":{"kind":"RULE_MATCH","ruleIndex":0}}""");

        var all = await _driver.RunAsync(client, "evaluateAll", """{"context":{"kind":"user","key":"u"},"withReasons":true}""");
        Check(all!["state"]!["plain"], "\"mine\"");
        Check(all["state"]!["$flagsState"]!["whole"], """{"variation":0,"version":9,"reason":{"kind":"RULE_MATCH","ruleIndex":0,"isOverride":true}}""");

        await _driver.RunAsync(client, "flushEvents");
        await UntilAsync(() => Task.FromResult(_driver.Harness.At("/events/bulk").Count != 0), "events");
        var events = _driver.Harness.At("/events/bulk")[0].Json.AsArray();
        Assert.Equal(["index", "summary"], events.Select(e => (string)e!["kind"]!));
        Check(events[1]!["features"]!["plain"]!["counters"], """[{"variation":0,"version":1,"value":"mine","count":1,"override":true}]""");
        Check(events[1]!["features"]!["segmented"]!["counters"], """[{"variation":1,"version":4,"value":"in","count":1}]""");
    }

    [Fact]
    public async Task Before_the_first_data_overrides_answer_and_nothing_else()
    {
        var path = Write("a.yaml", "flagValues:\n  plain: mine\n");
        var client = await _driver.CreateAsync(
            $$$"""{"initCanFail":true,"startWaitTimeMs":200,"streaming":{"baseUri":"http://127.0.0.1:1"},"overrides":{"filePaths":["{{{path}}}"]}}""");
        Check(await DetailAsync(client, "plain"), """{"value":"mine","variationIndex":0,"reason":{"kind":"OFF","isOverride":true}}""");
        Check(await DetailAsync(client, "segmented"), """{"value":"d","variationIndex":null,"reason":{"kind":"ERROR","errorKind":"CLIENT_NOT_READY"}}""");
    }

    [Theory]
    [InlineData("\"watch\":true")]
    [InlineData("\"watch\":false,\"poll\":true,\"pollIntervalMs\":1000")]
    public async Task Edits_are_followed_and_bad_or_torn_ones_keep_the_last_good(string mode)
    {
        var path = Write("a.json", """{"flagValues":{"plain":"one"}}""");
        var client = await _driver.CreateAsync($$$"""{{{{Stream}}},"overrides":{"filePaths":["{{{path}}}"],{{{mode}}}}}""");
        Assert.Equal("one", await ValueAsync(client, "plain"));

        // In place, as an editor may: first half of the text, then all of it.
        await using (var file = new FileStream(path, FileMode.Truncate, FileAccess.Write, FileShare.ReadWrite))
        {
            await file.WriteAsync("""{"flagValues":{"plain":"""u8.ToArray(), Token);
            await file.FlushAsync(Token);
            Assert.Equal("one", await ValueAsync(client, "plain"));
            await file.WriteAsync("\"two\"}}"u8.ToArray(), Token);
        }

        await UntilAsync(async () => await ValueAsync(client, "plain") == "two", "the edit");
        Write("a.json", "{\"flagValues\":");
        Write("a.json", """{"flagValues":{"plain":"three","segmented":"three"}}""");
        await UntilAsync(async () => await ValueAsync(client, "segmented") == "three", "the edit behind the bad one");
        Assert.Equal("three", await ValueAsync(client, "plain"));
        Write("a.json", "{}");
        await UntilAsync(async () => await ValueAsync(client, "plain") == "base", "the end of all overrides");
        Assert.Equal("out", await ValueAsync(client, "segmented"));
    }

    [Theory]
    [InlineData("\"duplicateKeysHandling\":\"ignore\"", "first", "second")]
    [InlineData("\"duplicateKeysHandling\":\"fail\"", "base", "out")]
    [InlineData("\"watch\":false", "base", "out")]
    public async Task Of_two_files_the_first_wins_or_neither(string handling, string plain, string segmented)
    {
        var first = Write("a.json", """{"flagValues":{"plain":"first"}}""");
        var second = Write("b.json", """{"flagValues":{"plain":"second","segmented":"second"}}""");
        var client = await _driver.CreateAsync($$$"""{{{{Stream}}},"overrides":{"filePaths":["{{{first}}}","{{{second}}}"],{{{handling}}}}}""");
        Assert.Equal((plain, segmented), (await ValueAsync(client, "plain"), await ValueAsync(client, "segmented")));
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await condition())
        {
            Assert.False(limit.IsCancellationRequested, what);
            await Task.Delay(10, Token);
        }
    }

    private static void Check(JsonNode? actual, string expected) => Assert.Equal(JsonNode.Parse(expected)!.ToJsonString(), actual?.ToJsonString());

    private async Task<string> ValueAsync(string client, string flag) => (string)(await DetailAsync(client, flag))!["value"]!;

    private Task<JsonNode?> DetailAsync(string client, string flag) => _driver.RunAsync(
        client, "evaluate", $$"""{"flagKey":"{{flag}}","context":{"kind":"user","key":"u"},"valueType":"string","defaultValue":"d","detail":true}""");
}
