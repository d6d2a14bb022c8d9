namespace Halyard.Tests.TypedFlags;

public sealed class EnumAndNumberVariationTests
{
    private readonly TestData _data = new();

    [Theory]
    [InlineData("NorthPay", 1)]
    [InlineData("northpay", 1)]
    [InlineData("north-pay", 1)]
    [InlineData("NORTH_PAY", 1)]
    [InlineData("south.bank", 3)]
    [InlineData("south_bank", 3)]
    public async Task A_member_is_found_by_its_name_however_its_words_are_joined(string text, int member)
    {
        await using var client = await StartAsync(text);
        Assert.Equal((Provider)member, client.EnumVariation("flag", Clients.Clients.User, Provider.Unknown));
        Assert.Equal((Provider)member, await client.EnumVariationAsync("flag", Clients.Clients.User, Provider.Unknown, Clients.Clients.Token));
    }

    /// <summary>A decorator has no index to give.</summary>
    [Fact]
    public async Task What_a_decorator_serves_is_served_in_every_type()
    {
        await using var client = await StartAsync(1);
        Assert.Equal(7, new Forced(client, 7).LongVariation("flag", Clients.Clients.User, 1));
        Assert.Equal(Provider.SouthPay, new Forced(client, "south-pay").EnumVariation("flag", Clients.Clients.User, Provider.Unknown));
        Assert.Equal(Provider.Unknown, new Forced(client, "east").EnumVariation("flag", Clients.Clients.User, Provider.Unknown));
    }

    [Fact]
    public async Task A_number_is_the_member_that_has_it()
    {
        await using var client = await StartAsync(2);
        var detail = client.EnumVariationDetail("flag", Clients.Clients.User, Provider.Unknown);
        Assert.Equal((Provider.SouthPay, 0), (detail.Value, detail.VariationIndex));
    }

    public static TheoryData<string> NoMembers => ["\"\"", "\"-\"", "\"1\"", "\"NorthPay,SouthPay\"", "\"East\"", "9", "1.5", "true", "[]", "null"];

    [Theory]
    [MemberData(nameof(NoMembers))]
    public async Task What_names_no_member_gives_the_default(string json)
    {
        _data.UpdateFlagJson($$"""{"key":"flag","version":1,"on":false,"offVariation":0,"variations":[{{json}}]}""");
        await using var client = await Clients.Clients.StartAsync(_data);
        var detail = await client.EnumVariationDetailAsync("flag", Clients.Clients.User, Provider.SouthPay, Clients.Clients.Token);
        Assert.Equal((Provider.SouthPay, null, EvaluationErrorKind.WrongType), (detail.Value, detail.VariationIndex, detail.Reason.ErrorKind));
    }

    [Fact]
    public async Task A_text_longer_than_any_name_names_no_member()
    {
        await using var client = await StartAsync(new string('x', 100_000));
        Assert.Equal(Provider.Unknown, client.EnumVariation("flag", Clients.Clients.User, Provider.Unknown));
    }

    [Theory]
    [InlineData("9007199254740993", 9007199254740993)]
    [InlineData("-9223372036854775808", long.MinValue)]
    [InlineData("9223372036854775808", long.MaxValue)]
    [InlineData("9007199254740993.75", 9007199254740993)]
    [InlineData("-1.9", -1)]
    [InlineData("1e300", long.MaxValue)]
    [InlineData("-1e400", long.MinValue)]
    [InlineData("123456789012345678901234567890123456789", long.MaxValue)]
    public async Task A_long_keeps_all_digits_and_saturates(string json, long expected)
    {
        _data.UpdateFlagJson($$"""{"key":"flag","version":1,"on":false,"offVariation":0,"variations":[{{json}}]}""");
        await using var client = await Clients.Clients.StartAsync(_data);
        Assert.Equal(expected, client.LongVariation("flag", Clients.Clients.User, 0));
        Assert.Equal(expected, await client.LongVariationAsync("flag", Clients.Clients.User, 0, Clients.Clients.Token));
    }

    [Fact]
    public async Task A_float_is_rounded_and_saturates()
    {
        _data.Update(TestData.Flag("third").ValueForAll(1 / 3.0), TestData.Flag("huge").ValueForAll(1e300));
        await using var client = await Clients.Clients.StartAsync(_data);
        Assert.Equal(1f / 3f, client.FloatVariation("third", Clients.Clients.User, 0));
        Assert.Equal(float.MaxValue, await client.FloatVariationAsync("huge", Clients.Clients.User, 0, Clients.Clients.Token));
    }

    [Fact]
    public async Task A_text_is_no_number()
    {
        await using var client = await StartAsync("7");
        Assert.Equal(EvaluationErrorKind.WrongType, client.LongVariationDetail("flag", Clients.Clients.User, 5).Reason.ErrorKind);
        var detail = client.FloatVariationDetail("flag", Clients.Clients.User, 1.5f);
        Assert.Equal((1.5f, EvaluationErrorKind.WrongType), (detail.Value, detail.Reason.ErrorKind));
    }

    [Fact]
    public async Task Hooks_see_the_default_as_the_flag_would_write_it()
    {
        var seen = new List<Value>();
        await using var client = await Client.StartAsync(
            new() { DataSystem = DataSystem.TestData(_data), Hooks = { new Watching(seen) } }, Clients.Clients.Token);
        client.EnumVariation("flag", Clients.Clients.User, Provider.NorthPay);
        client.LongVariation("flag", Clients.Clients.User, 9007199254740993);
        Assert.Equal(["NorthPay", 9007199254740993], seen);
    }

    private Task<Client> StartAsync(Value value) => Clients.Clients.StartAsync(_data.Update(TestData.Flag("flag").ValueForAll(value)));

    private sealed class Watching(List<Value> seen) : Hook("watching")
    {
        public override System.Collections.Immutable.ImmutableDictionary<string, object> BeforeEvaluation(
            EvaluationSeriesContext context, System.Collections.Immutable.ImmutableDictionary<string, object> data)
        {
            seen.Add(context.DefaultValue);
            return data;
        }
    }

    private sealed class Forced(IHalyardClient inner, Value value) : DelegatingHalyardClient(inner)
    {
        public override EvaluationDetail<Value> JsonVariationDetail(string key, Context context, Value defaultValue) => new(value, null, EvaluationReason.Off);
    }
}
