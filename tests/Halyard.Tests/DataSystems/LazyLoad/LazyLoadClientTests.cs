using System.Text;
using Halyard.Model;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Halyard.Tests.LazyLoading;

/// <summary>A whole client over a store in a file.</summary>
public sealed class LazyLoadClientTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("halyard-lazy-").FullName;
    private readonly FakeTimeProvider _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_client_reads_flags_prerequisites_and_segments_as_it_needs_them()
    {
        var store = await Store(
            (DataKind.Flag, "top", """{"key":"top","version":1,"on":true,"prerequisites":[{"key":"pre","variation":0}],"rules":[{"id":"r","variation":1,"clauses":[{"attribute":"","op":"segmentMatch","values":["s"]}]}],"fallthrough":{"variation":0},"offVariation":0,"variations":["off","in"],"salt":"x"}"""),
            (DataKind.Flag, "pre", """{"key":"pre","version":1,"on":true,"fallthrough":{"variation":0},"offVariation":1,"variations":[true,false],"salt":"x"}"""),
            (DataKind.Segment, "s", """{"key":"s","version":1,"included":["ada"],"salt":"x"}"""));
        await using var client = await Start(store);
        Assert.True(client.Initialized);
        var context = Context.New("ada");
        var detail = client.StringVariationDetail("top", context, "none");
        Assert.Equal(("in", EvaluationReasonKind.RuleMatch), (detail.Value, detail.Reason.Kind));
        Assert.Equal("off", client.StringVariation("top", Context.New("bob"), "none"));
        Assert.True(await client.BoolVariationAsync("pre", context, false, Token));
        Assert.Equal(EvaluationErrorKind.FlagNotFound, client.BoolVariationDetail("nowhere", context, true).Reason.ErrorKind);
        Assert.Equal(["pre", "top"], client.AllFlagsState(context).Values.Keys.Order());
    }

    [Fact]
    public async Task A_client_without_its_store_serves_what_it_knows_and_says_when_it_knows_nothing()
    {
        var store = await Store((DataKind.Flag, "a", """{"key":"a","version":1,"on":false,"offVariation":0,"variations":[true],"salt":"x"}"""));
        await using var client = await Start(store);
        var context = Context.New("ada");
        Assert.True(client.BoolVariation("a", context, false));
        foreach (var file in Directory.GetFiles(_folder))
        {
            File.Delete(file);
        }

        _clock.Advance(TimeSpan.FromHours(1));
        Assert.True(client.BoolVariation("a", context, false));
        Assert.True(await client.BoolVariationAsync("a", context, false, Token));
        Assert.Equal(EvaluationErrorKind.ClientNotReady, client.BoolVariationDetail("b", context, true).Reason.ErrorKind);
        Assert.Equal(DataSourceState.Interrupted, client.DataSourceStatus.Current.State);
    }

    private async Task<SqliteStore> Store(params (DataKind Kind, string Key, string Text)[] items)
    {
        var store = new SqliteStore(Path.Combine(_folder, "flags.db"));
        await using var writer = store.CreateWriter(new(NullLoggerFactory.Instance, TimeProvider.System));
        await writer.InitAsync([.. items.Select(i => new SerializedItem(i.Kind, i.Key, new(1, false, Encoding.UTF8.GetBytes(i.Text))))], Token);
        return store;
    }

    private Task<Client> Start(SqliteStore store) =>
        Client.StartAsync(new ClientOptions { DataSystem = DataSystem.LazyLoad(store), TimeProvider = _clock }, Token);
}
