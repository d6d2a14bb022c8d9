using System.Text;
using Halyard.DataModel.Json.Reading;
using Halyard.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.Tests.AnalyticsEvents;

public sealed class EventLazyLoadTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("halyard-events-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_read_that_fetches_level_by_level_is_reported_once(bool asynchronous)
    {
        var store = await StoreAsync(
            """{"key":"top","version":3,"on":true,"trackEvents":true,"prerequisites":[{"key":"mid","variation":0}],"fallthrough":{"variation":0},"variations":[true],"salt":""}""",
            """{"key":"mid","version":2,"on":true,"trackEvents":true,"prerequisites":[{"key":"deep","variation":0}],"fallthrough":{"variation":0},"variations":[true],"salt":""}""",
            """{"key":"deep","version":1,"on":true,"trackEvents":true,"fallthrough":{"variation":0},"variations":[true],"salt":""}""");
        await using var f = await EventsFixture.StartAsync(f => f.Options.DataSystem = DataSystem.LazyLoad(store));
        var context = Context.New("ada");
        var value = asynchronous
            ? await f.Client.BoolVariationAsync("top", context, false, Clients.Clients.Token)
            : f.Client.BoolVariation("top", context, false);
        Assert.True(value);
        var events = await f.FlushAsync();
        Assert.Equal(["index", "feature", "feature", "feature", "summary"], EventsFixture.Kinds(events));
        Assert.Equal(["deep", "mid", "top"], events.Skip(1).Take(3).Select(e => (string)e!["key"]!));
        foreach (var key in new[] { "deep", "mid", "top" })
        {
            Assert.Equal(1, (int)events[4]!["features"]![key]!["counters"]![0]!["count"]!);
        }
    }

    private async Task<SqliteStore> StoreAsync(params string[] flags)
    {
        var store = new SqliteStore(Path.Combine(_folder, "flags.db"));
        await using var writer = store.CreateWriter(new(NullLoggerFactory.Instance, TimeProvider.System));
        await writer.InitAsync([.. flags.Select(Item)], Clients.Clients.Token);
        return store;

        static SerializedItem Item(string json)
        {
            var flag = ModelReader.ReadItem(DataKind.Flag, null, Encoding.UTF8.GetBytes(json));
            return new(DataKind.Flag, flag.Key, new(flag.Version, false, Encoding.UTF8.GetBytes(json)));
        }
    }
}
