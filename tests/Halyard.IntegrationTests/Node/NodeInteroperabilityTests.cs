using System.Text;
using System.Text.Json;
using Halyard.Cli;
using Halyard.IntegrationTests.Support;
using Halyard.Model;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.IntegrationTests;

/// <summary>Halyard and the Node SDK give the same answers from the same data, whichever of the two brought it.</summary>
[Collection(RedisCollection.Name)]
public sealed class NodeInteroperabilityTests(RedisServer server)
{
    private const int ContextCount = 4;
    private const string LiveContext = """{"kind":"user","key":"u"}""";
    private const string LiveFlag = """{"key":"live","version":1,"on":true,"variations":[1,2],"fallthrough":{"variation":0},"offVariation":1,"salt":""}""";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);
    private static readonly PersistentStoreContext StoreContext = new(NullLoggerFactory.Instance, TimeProvider.System);
    private static readonly string PayloadPath = Repository.PathOf("bench", "data", "payload-1k.json");

    private readonly string _prefix = "t" + Guid.NewGuid().ToString("N");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_Halyard_writes_into_Redis_the_Node_SDK_evaluates_alike()
    {
        var (items, questions) = await PayloadAsync();
        questions.Add(("gone", questions[0].Context));
        await using (var writer = new RedisStore(server.Endpoint, _prefix).CreateWriter(StoreContext))
        {
            await writer.InitAsync([.. items, Flag("gone", """{"key":"gone","version":1,"on":true,"variations":[1],"fallthrough":{"variation":0},"salt":""}""")], Token);
            Assert.True(await writer.UpsertAsync(new(DataKind.Flag, "gone", new(2, true, default)), Token));
        }

        var answers = await NodeSdk.RunAsync(new(NodeSdkMode.Daemon, questions) { RedisPort = server.Port, RedisPrefix = _prefix }, Token);
        Assert.Equal("FLAG_NOT_FOUND", (string?)answers[^1].Reason["errorKind"]);
        await AssertAlikeAsync(answers, questions, LazyLoad());
    }

    [Fact]
    public async Task What_the_Node_SDK_streams_into_Redis_Halyard_evaluates_alike()
    {
        var (_, questions) = await PayloadAsync();
        await using var service = await DevServer.StartAsync(new() { Files = [PayloadPath] }, Token);
        var answers = await NodeSdk.RunAsync(
            new(NodeSdkMode.Streaming, questions) { BaseUri = service.BaseUri, RedisPort = server.Port, RedisPrefix = _prefix }, Token);

        await AssertAlikeAsync(answers, questions, LazyLoad());
        await AssertAlikeAsync(answers, questions, Streaming(service));
    }

    [Fact]
    public async Task What_the_Node_SDK_polls_it_evaluates_like_Halyard()
    {
        var (_, questions) = await PayloadAsync();
        await using var service = await DevServer.StartAsync(new() { Files = [PayloadPath] }, Token);
        var answers = await NodeSdk.RunAsync(new(NodeSdkMode.Polling, questions) { BaseUri = service.BaseUri }, Token);
        await AssertAlikeAsync(answers, questions, Streaming(service));
    }

    [Fact]
    public async Task What_Halyard_takes_from_a_stream_into_Redis_the_Node_SDK_evaluates_alike()
    {
        var (_, questions) = await PayloadAsync();
        await using var service = await DevServer.StartAsync(new() { Files = [PayloadPath] }, Token);
        var options = Streaming(service);
        options.DataSystem = DataSystem.Chain().AddSynchronizers(DataSystem.Streaming(ProtocolVersion.Fdv2)).UsePersistentStore(new RedisStore(server.Endpoint, _prefix));
        await using var client = await Client.StartAsync(options, Token).WaitAsync(Limit, Token);
        service.Put(DataKind.Flag, "live", LiveFlag);
        var answers = await NodeSdk.RunAsync(
            new(NodeSdkMode.Daemon, [.. questions, ("live", LiveContext)]) { RedisPort = server.Port, RedisPrefix = _prefix, Until = ("live", LiveContext, "1") }, Token);
        await AssertAlikeAsync(answers, [.. questions, ("live", LiveContext)], LazyLoad());
    }

    [Theory]
    [InlineData(NodeSdkMode.Standard)]
    [InlineData(NodeSdkMode.Streaming)]
    [InlineData(NodeSdkMode.Polling)]
    public async Task What_the_Node_SDK_takes_by_FDv2_it_evaluates_like_Halyard(NodeSdkMode mode)
    {
        var (_, questions) = await PayloadAsync();
        var log = new FakeLogCollector();
        await using var service = await DevServer.StartAsync(
            new() { Files = [PayloadPath], LoggerFactory = new LoggerFactory([new FakeLoggerProvider(log)]) }, Token);
        var answers = await NodeSdk.RunAsync(new(mode, questions) { BaseUri = service.BaseUri, Newer = true }, Token);
        Assert.Contains(log.GetSnapshot(), r => r.Message.Contains("xfer-full (payload-missing)", StringComparison.Ordinal));
        await AssertAlikeAsync(answers, questions, Streaming(service));

        var newer = Streaming(service);
        newer.DataSystem = DataSystem.Default();
        await AssertAlikeAsync(answers, questions, newer);
    }

    [Fact]
    public async Task What_the_Node_SDK_takes_by_FDv2_into_Redis_Halyard_evaluates_alike()
    {
        var (_, questions) = await PayloadAsync();
        await using var service = await DevServer.StartAsync(new() { Files = [PayloadPath] }, Token);
        var answers = await NodeSdk.RunAsync(
            new(NodeSdkMode.Streaming, questions) { BaseUri = service.BaseUri, Newer = true, RedisPort = server.Port, RedisPrefix = _prefix }, Token);
        await AssertAlikeAsync(answers, questions, LazyLoad());
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task The_Node_SDK_follows_changes_and_deletions_and_comes_back_after_a_cut(bool newer, bool cut)
    {
        (string Flag, string Context)[] questions = [("live", LiveContext), ("gone", LiveContext), ("kept", LiveContext)];
        await using var service = await DevServer.StartAsync(new(), Token);
        foreach (var key in new[] { "live", "gone", "kept" })
        {
            service.Put(DataKind.Flag, key, LiveFlag.Replace("\"live\"", $"\"{key}\"", StringComparison.Ordinal));
        }

        var answers = await NodeSdk.RunAsync(
            new(NodeSdkMode.Streaming, questions)
            {
                BaseUri = service.BaseUri,
                Newer = newer,
                Until = ("live", LiveContext, "2"),
                WhenReady = () =>
                {
                    if (cut)
                    {
                        service.CutStreams();
                    }

                    service.Delete(DataKind.Flag, "gone");
                    service.Patch(DataKind.Flag, "live", """{"on":false}""");
                },
            },
            Token);
        Assert.Equal("FLAG_NOT_FOUND", (string?)answers[1].Reason["errorKind"]);
        await AssertAlikeAsync(answers, [.. questions], Streaming(service));
    }

    [Fact]
    public async Task The_Node_SDK_changes_to_FDv1_when_told_to()
    {
        await using var service = await DevServer.StartAsync(new(), Token);
        service.Put(DataKind.Flag, "live", LiveFlag);
        service.AddFault(new(FaultKind.Fallback));
        service.AddFault(new(FaultKind.Status) { StatusCode = 503, Path = PayloadEndpoint.PollPath });
        service.AddFault(new(FaultKind.Status) { StatusCode = 503, Path = PayloadEndpoint.StreamPath });
        var answers = await NodeSdk.RunAsync(
            new(NodeSdkMode.Standard, [("live", LiveContext)]) { BaseUri = service.BaseUri, Newer = true }, Token);
        await AssertAlikeAsync(answers, [("live", LiveContext)], Streaming(service));
    }

    private static async Task AssertAlikeAsync(
        IReadOnlyList<NodeSdkAnswer> answers, List<(string Flag, string Context)> questions, ClientOptions options)
    {
        await using var client = await Client.StartAsync(options, Token).WaitAsync(Limit, Token);
        var contexts = questions.Select(q => q.Context).Distinct().ToDictionary(c => c, Context.FromJson);
        for (var i = 0; i < questions.Count; i++)
        {
            var (flag, context) = questions[i];
            var detail = await client.JsonVariationDetailAsync(flag, contexts[context], Value.Null, Token).AsTask().WaitAsync(Limit, Token);
            Assert.Equal(answers[i] + " for " + context, NodeSdkAnswer.Describe(flag, detail) + " for " + context);
        }
    }

    private static async Task<(List<SerializedItem> Items, List<(string Flag, string Context)> Questions)> PayloadAsync()
    {
        using var payload = JsonDocument.Parse(await File.ReadAllBytesAsync(PayloadPath, Token));
        using var contexts = JsonDocument.Parse(await File.ReadAllBytesAsync(Repository.PathOf("bench", "data", "contexts.json"), Token));
        var items = new List<SerializedItem>();
        items.AddRange(payload.RootElement.GetProperty("segments").EnumerateObject().Select(p => Item(DataKind.Segment, p)));
        items.AddRange(payload.RootElement.GetProperty("flags").EnumerateObject().Select(p => Item(DataKind.Flag, p)));
        var texts = contexts.RootElement.EnumerateArray().Take(ContextCount).Select(c => c.GetRawText()).ToArray();
        var questions = texts.SelectMany(c => items.Where(i => i.Kind == DataKind.Flag).Select(i => (i.Key, c))).ToList();
        questions.Add(("no-such-flag", texts[0]));
        return (items, questions);
    }

    private static SerializedItem Item(DataKind kind, JsonProperty property) => new(
        kind, property.Name, new(property.Value.GetProperty("version").GetInt64(), false, Encoding.UTF8.GetBytes(property.Value.GetRawText())));

    private static SerializedItem Flag(string key, string json) => new(DataKind.Flag, key, new(1, false, Encoding.UTF8.GetBytes(json)));

    private static ClientOptions Streaming(DevServer service) => new()
    {
        SdkKey = "sdk-test",
        Endpoints = ServiceEndpoints.At(service.BaseUri),
        StartTimeout = TimeSpan.FromSeconds(30),
    };

    private ClientOptions LazyLoad() => new()
    {
        DataSystem = new LazyLoadOptions(new RedisStore(server.Endpoint, _prefix)),
        StartTimeout = TimeSpan.FromSeconds(30),
    };
}
