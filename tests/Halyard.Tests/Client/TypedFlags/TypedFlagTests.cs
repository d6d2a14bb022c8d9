namespace Halyard.Tests.TypedFlags;

public sealed class TypedFlagTests
{
    [Fact]
    public async Task A_flag_carries_its_key_its_type_and_its_default()
    {
        var data = new TestData()
            .UpdateFlagJson("""{"key":"limits","version":1,"on":false,"offVariation":0,"variations":[{"requests":7,"paths":[]}]}""")
            .Update(
                TestData.Flag("bool").VariationForAll(true), TestData.Flag("text").ValueForAll("t"), TestData.Flag("int").ValueForAll(7),
                TestData.Flag("long").ValueForAll(9007199254740993), TestData.Flag("double").ValueForAll(1.5), TestData.Flag("json").ValueForAll(Value.Array(1)),
                TestData.Flag("enum").ValueForAll("north-pay"));
        await using var client = await Clients.Clients.StartAsync(data);
        await ReadsAsync(client, TypedFlag.Bool("bool"), true);
        await ReadsAsync(client, TypedFlag.String("text", ""), "t");
        await ReadsAsync(client, TypedFlag.Int("int", 0), 7);
        await ReadsAsync(client, TypedFlag.Long("long", 0), 9007199254740993);
        await ReadsAsync(client, TypedFlag.Double("double", 0), 1.5);
        await ReadsAsync(client, TypedFlag.Json("json"), Value.Array(1));
        await ReadsAsync(client, TypedFlag.Enum("enum", Provider.Unknown), Provider.NorthPay);
        var limits = TypedFlag.Json("limits", new Limits(0, []), TestJson.Default.Limits);
        await ReadsAsync(client, limits, client.Variation(limits, Clients.Clients.User));
        Assert.Equal(7, client.Variation(limits, Clients.Clients.User).Requests);
    }

    [Fact]
    public async Task Without_an_answer_it_gives_its_default_or_another_one()
    {
        await using var client = await Clients.Clients.StartAsync(new());
        var flag = TypedFlag.Int("absent", 5);
        Assert.Equal(5, client.Variation(flag, Clients.Clients.User));
        Assert.Equal(6, client.Variation(flag.WithDefault(6), Clients.Clients.User));
        Assert.Equal(EvaluationErrorKind.FlagNotFound, client.VariationDetail(flag, Clients.Clients.User).Reason.ErrorKind);
        Assert.Equal("absent", flag.ToString());
    }

    [Fact]
    public void A_flag_needs_a_key() => Assert.Throws<ArgumentException>(() => TypedFlag.Bool(""));

    private static async Task ReadsAsync<T>(IHalyardClient client, TypedFlag<T> flag, T expected)
    {
        Assert.Equal(expected, client.Variation(flag, Clients.Clients.User));
        Assert.Equal(expected, await client.VariationAsync(flag, Clients.Clients.User, Clients.Clients.Token));
        Assert.Equal(0, client.VariationDetail(flag, Clients.Clients.User).VariationIndex);
        Assert.Equal(expected, (await client.VariationDetailAsync(flag, Clients.Clients.User, Clients.Clients.Token)).Value);
    }
}
