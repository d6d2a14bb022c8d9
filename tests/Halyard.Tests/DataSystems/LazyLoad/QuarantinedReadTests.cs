using System.Text;
using Halyard.Model;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Halyard.Tests.LazyLoading;

/// <summary>Items of a store that cannot be understood.</summary>
public sealed class QuarantinedReadTests : IDisposable
{
    private static readonly Context User = Context.New("ada");
    private readonly string _folder = Directory.CreateTempSubdirectory("halyard-lazy-").FullName;
    private readonly FakeTimeProvider _clock = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_last_good_version_stays_and_without_one_the_flag_is_malformed(bool readsAll)
    {
        var store = new SqliteStore(Path.Combine(_folder, "flags.db"));
        await using var writer = store.CreateWriter(new(NullLoggerFactory.Instance, TimeProvider.System));
        await writer.InitAsync([Item("a", 1, On("a", 1)), Item("bad", 1, Bad.Json("bad", 1)), Item("good", 1, On("good", 1))], Token);
        await using var client = await Client.StartAsync(
            new ClientOptions
            {
                SdkKey = "key",
                DataSystem = new LazyLoadOptions(store) { Ttl = TimeSpan.FromSeconds(10) },
                TimeProvider = _clock,
            },
            Token);
        Look();
        Assert.Equal(EvaluationErrorKind.MalformedFlag, Reason("bad").ErrorKind);
        Assert.Equal(EvaluationErrorKind.MalformedFlag, (await client.BoolVariationDetailAsync("bad", User, false, Token)).Reason.ErrorKind);
        Assert.Equal(EvaluationErrorKind.FlagNotFound, Reason("nowhere").ErrorKind);
        Assert.True(client.BoolVariation("a", User, false));
        Assert.Equal([("bad", 1L, "flags.bad.rules[2].clauses")], client.DataSourceStatus.Current.Quarantined.Select(item => (item.Key, item.Version, item.Path)));

        await writer.UpsertAsync(Item("a", 2, Bad.Json("a", 2)), Token);
        _clock.Advance(TimeSpan.FromSeconds(11));
        Look();
        Assert.True(client.BoolVariation("a", User, false));
        Assert.Equal(2, client.DataSourceStatus.Current.QuarantinedCount);

        await writer.UpsertAsync(Item("a", 3, On("a", 3)), Token);
        await writer.UpsertAsync(new(DataKind.Flag, "bad", new(2, true, ReadOnlyMemory<byte>.Empty)), Token);
        _clock.Advance(TimeSpan.FromSeconds(11));
        Look();
        Assert.True(client.BoolVariation("a", User, false));
        Assert.Equal(EvaluationErrorKind.FlagNotFound, Reason("bad").ErrorKind);
        Assert.Empty(client.DataSourceStatus.Current.Quarantined);

        void Look()
        {
            if (readsAll)
            {
                Assert.DoesNotContain("bad", client.AllFlagsState(User).Values.Keys);
            }
        }

        EvaluationReason Reason(string key) => client.BoolVariationDetail(key, User, false).Reason;
    }

    private static SerializedItem Item(string key, long version, string text) =>
        new(DataKind.Flag, key, new(version, false, Encoding.UTF8.GetBytes(text)));

    private static string On(string key, long version) =>
        $$"""{"key":"{{key}}","version":{{version}},"on":true,"fallthrough":{"variation":0},"variations":[true,false]}""";
}
