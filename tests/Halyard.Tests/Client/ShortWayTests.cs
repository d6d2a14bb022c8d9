using CsCheck;
using Halyard.Tests.Support;

namespace Halyard.Tests.Clients;

/// <summary>
/// A client that nobody watches reads by a shorter way than one with hooks or events. Both must give the same answer,
/// whatever the data.
/// </summary>
public sealed class ShortWayTests
{
    private const int Samples = 1_000;

    private static readonly Gen<(DataSet Data, Context Context)> Cases = Gen.Select(Generators.DataSet, Generators.Context);

    [Fact]
    public async Task The_short_and_the_long_way_give_the_same_answer_on_pushed_data()
    {
        ScriptedSource? source = null;
        ScriptedSource? hookedSource = null;
        await using var shortWay = await StartAsync(new() { DataSystem = DataSystem.FromSynchronizer(context => source = new(context.Status)) });
        await using var longWay = await StartAsync(
            new() { DataSystem = DataSystem.FromSynchronizer(context => hookedSource = new(context.Status)), Hooks = { new Watcher() } });
        source!.Status.ReportValid();
        hookedSource!.Status.ReportValid();
        var served = 0;
        Cases.Sample(
            sample =>
            {
                source.Destination!.Init(sample.Data);
                hookedSource.Destination!.Init(sample.Data);
                served += AssertSame(shortWay, longWay, sample.Data, sample.Context);
            },
            iter: Samples,
            threads: 1);
        Assert.True(served > Samples / 10, $"Only {served} reads served a variation: the generators make too little.");
    }

    [Fact]
    public async Task The_short_and_the_long_way_give_the_same_answer_of_a_store()
    {
        var cases = Cases.Array[60].Single();
        var served = 0;
        foreach (var (data, context) in cases)
        {
            var store = new HeldStore();
            store.Put(data);
            await using var shortWay = await StartAsync(new() { DataSystem = DataSystem.LazyLoad(store) });
            await using var longWay = await StartAsync(new() { DataSystem = DataSystem.LazyLoad(store), Hooks = { new Watcher() } });

            // The first round fetches, the second is answered by the cache alone.
            served += AssertSame(shortWay, longWay, data, context);
            served += AssertSame(shortWay, longWay, data, context);
            foreach (var flag in data.Flags)
            {
                var awaited = await shortWay.JsonVariationDetailAsync(flag.Key, context, "default", Clients.Token);
                Assert.Equal(await longWay.JsonVariationDetailAsync(flag.Key, context, "default", Clients.Token), awaited);
            }
        }

        Assert.True(served > cases.Length / 6, $"Only {served} reads served a variation: the generators make too little.");
    }

    private static Task<Client> StartAsync(ClientOptions options)
    {
        options.StartTimeout = TimeSpan.Zero;
        return Client.StartAsync(options, Clients.Token);
    }

    /// <summary>Compares reads of every flag and of one that is not there.</summary>
    /// <returns>How many reads served a variation.</returns>
    private static int AssertSame(Client shortWay, Client longWay, DataSet data, Context context)
    {
        var served = 0;
        foreach (var key in data.Flags.Select(flag => flag.Key).Append("not there"))
        {
            var detail = longWay.JsonVariationDetail(key, context, "default");
            Assert.Equal(detail, shortWay.JsonVariationDetail(key, context, "default"));
            Assert.Equal(detail.Value, shortWay.JsonVariation(key, context, "default"));
            Assert.Equal(longWay.BoolVariationDetail(key, context, true), shortWay.BoolVariationDetail(key, context, true));
            Assert.Equal(longWay.DoubleVariation(key, context, 0.5), shortWay.DoubleVariation(key, context, 0.5));
            served += detail.VariationIndex is null ? 0 : 1;
        }

        return served;
    }

    private sealed class Watcher() : Hook("watcher");
}
