using Halyard.Tests.Support;

namespace Halyard.Tests.TypedFlags;

/// <summary>What typed reads allocate once a value was parsed: nothing.</summary>
[Collection(typeof(Alone))]
public sealed class TypedReadCostTests
{
    [Fact]
    public async Task A_repeated_read_allocates_nothing()
    {
        var data = new TestData()
            .UpdateFlagJson("""{"key":"limits","version":1,"on":false,"offVariation":0,"variations":[{"requests":7,"paths":["/a"]}]}""")
            .UpdateFlagJson("""{"key":"broken","version":1,"on":false,"offVariation":0,"variations":[{"requests":"x"}]}""")
            .UpdateFlagJson("""{"key":"id","version":1,"on":false,"offVariation":0,"variations":[9007199254740993]}""")
            .Update(
                TestData.Flag("provider").ValueForAll("north-pay"), TestData.Flag("time").ValueForAll("00:00:05"), TestData.Flag("rate").ValueForAll(1.5));
        await using var client = await Clients.Clients.StartAsync(data);
        var user = Clients.Clients.User;
        var fallback = new Limits(0, []);
        Allocations.None(() => client.JsonVariation("limits", user, fallback, TestJson.Default.Limits));
        Allocations.None(() => client.JsonVariationDetail("limits", user, fallback, TestJson.Default.Limits));
        Allocations.None(() => client.JsonVariation("broken", user, fallback, TestJson.Default.Limits));
        Allocations.None(() => client.JsonVariation("absent", user, fallback, TestJson.Default.Limits));
        Allocations.None(() => client.JsonVariation("time", user, default, TestJson.Default.TimeSpan));
        Allocations.None(() => client.EnumVariation("provider", user, Provider.Unknown));
        Allocations.None(() => client.EnumVariationDetail("limits", user, Provider.SouthPay));
        Allocations.None(() => client.LongVariation("id", user, 1));
        Allocations.None(() => client.FloatVariation("rate", user, 1));
        Allocations.None(() =>
        {
            var reading = client.JsonVariationAsync("limits", user, fallback, TestJson.Default.Limits);
            Assert.True(reading.IsCompletedSuccessfully && reading.Result.Requests == 7);
        });
    }

    [Fact]
    public void What_was_made_of_a_value_goes_with_it()
    {
        var made = Read();
        for (var i = 0; i < 5 && made.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(made.IsAlive);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static WeakReference Read()
        {
            Assert.True(Halyard.TypedFlags.ParsedValues.TryRead(Value.Object([new("requests", 7), new("paths", Value.Array())]), TestJson.Default.Limits, out var limits));
            return new(limits);
        }
    }
}
