using Halyard.Tests.Support;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.Tests.Clients;

[Collection(typeof(Alone))]
public sealed class ClientReadTests
{
    private static readonly Context User = Clients.User;

    private static TestData Data => new TestData().Update(
        TestData.Flag("bool").VariationForAll(true),
        TestData.Flag("string").ValueForAll("light"),
        TestData.Flag("int").ValueForAll(42),
        TestData.Flag("double").ValueForAll(-2.75),
        TestData.Flag("huge").ValueForAll(1e30),
        TestData.Flag("json").ValueForAll(Value.Array(1, "two", true)),
        TestData.Flag("null").ValueForAll(Value.Null));

    [Fact]
    public async Task Every_type_reads_its_own_values()
    {
        await using var client = await Clients.StartAsync(Data);
        Assert.True(client.BoolVariation("bool", User, false));
        Assert.Equal("light", client.StringVariation("string", User, "dark"));
        Assert.Equal(42, client.IntVariation("int", User, 0));
        Assert.Equal(42.0, client.DoubleVariation("int", User, 0));
        Assert.Equal(-2.75, client.DoubleVariation("double", User, 0));
        Assert.Equal(-2, client.IntVariation("double", User, 0));
        Assert.Equal(int.MaxValue, client.IntVariation("huge", User, 0));
        Assert.Equal(Value.Array(1, "two", true), client.JsonVariation("json", User, Value.Null));
        Assert.Equal((Value)true, client.JsonVariation("bool", User, Value.Null));
    }

    [Fact]
    public async Task The_detail_tells_index_and_reason()
    {
        await using var client = await Clients.StartAsync(new TestData().Update(
            TestData.Flag("flag").BooleanFlag().FallthroughVariation(false).VariationForUser("user-1", true)));

        Assert.Equal(new(true, 0, EvaluationReason.TargetMatch), client.BoolVariationDetail("flag", User, false));
        Assert.Equal(new(false, 1, EvaluationReason.Fallthrough), client.BoolVariationDetail("flag", Context.New("other"), true));
    }

    [Fact]
    public async Task The_asynchronous_forms_answer_at_once_on_pushed_data_and_alike()
    {
        await using var client = await Clients.StartAsync(Data);
        var reading = client.BoolVariationAsync("bool", User, false, Clients.Token);
        Assert.True(reading.IsCompletedSuccessfully);
        Assert.True(await reading);
        Assert.Equal("light", await client.StringVariationAsync("string", User, "", Clients.Token));
        Assert.Equal(42, await client.IntVariationAsync("int", User, 0, Clients.Token));
        Assert.Equal(-2.75, await client.DoubleVariationAsync("double", User, 0, Clients.Token));
        Assert.Equal(Value.Array(1, "two", true), await client.JsonVariationAsync("json", User, Value.Null, Clients.Token));
        Assert.Equal(client.BoolVariationDetail("bool", User, false), await client.BoolVariationDetailAsync("bool", User, false, Clients.Token));
        Assert.Equal(client.StringVariationDetail("int", User, ""), await client.StringVariationDetailAsync("int", User, "", Clients.Token));
        Assert.Equal(client.IntVariationDetail("int", User, 1), await client.IntVariationDetailAsync("int", User, 1, Clients.Token));
        Assert.Equal(client.DoubleVariationDetail("none", User, 1), await client.DoubleVariationDetailAsync("none", User, 1, Clients.Token));
        Assert.Equal(client.JsonVariationDetail("json", User, 1), await client.JsonVariationDetailAsync("json", User, 1, Clients.Token));
    }

    [Fact]
    public async Task A_value_of_another_type_gives_the_default_with_WRONG_TYPE()
    {
        await using var client = await Clients.StartAsync(Data);
        var wrong = EvaluationReason.Error(EvaluationErrorKind.WrongType);
        Assert.Equal(new(true, null, wrong), client.BoolVariationDetail("string", User, true));
        Assert.Equal(new("d", null, wrong), client.StringVariationDetail("bool", User, "d"));
        Assert.Equal(new(7, null, wrong), client.IntVariationDetail("string", User, 7));
        Assert.Equal(new(7.5, null, wrong), client.DoubleVariationDetail("json", User, 7.5));
    }

    [Fact]
    public async Task A_null_variation_is_a_value_to_an_untyped_call_and_of_the_wrong_type_to_any_other()
    {
        await using var client = await Clients.StartAsync(Data);
        Assert.Equal(new(Value.Null, 0, EvaluationReason.Fallthrough), client.JsonVariationDetail("null", User, "d"));
        Assert.Equal(new(Value.Null, 0, EvaluationReason.Fallthrough), await client.JsonVariationDetailAsync("null", User, "d", Clients.Token));
        Assert.Equal(Value.Null, client.JsonVariation("null", User, "d"));

        var wrongType = EvaluationReason.Error(EvaluationErrorKind.WrongType);
        Assert.Equal(new("d", null, wrongType), client.StringVariationDetail("null", User, "d"));
        Assert.Equal(new(true, null, wrongType), client.BoolVariationDetail("null", User, true));
        Assert.Equal(new(7, null, wrongType), client.IntVariationDetail("null", User, 7));
        Assert.Equal(new(7.5, null, wrongType), client.DoubleVariationDetail("null", User, 7.5));
        Assert.True(client.BoolVariation("null", User, true));
    }

    [Fact]
    public async Task An_off_flag_without_off_variation_gives_the_default_with_OFF()
    {
        await using var client = await Clients.StartAsync(new TestData().Update(TestData.Flag("flag").BooleanFlag().Off().OffVariation(null)));
        Assert.Equal(new(true, null, EvaluationReason.Off), client.BoolVariationDetail("flag", User, true));
    }

    [Fact]
    public async Task Reads_with_impossible_arguments_give_the_default_and_a_reason_and_never_throw()
    {
        await using var client = await Clients.StartAsync(Data);
        Assert.Equal(EvaluationErrorKind.FlagNotFound, client.BoolVariationDetail("no-such-flag", User, true).Reason.ErrorKind);
        Assert.Equal(EvaluationErrorKind.FlagNotFound, client.BoolVariationDetail("", User, true).Reason.ErrorKind);
        Assert.Equal(EvaluationErrorKind.FlagNotFound, client.BoolVariationDetail(null!, User, true).Reason.ErrorKind);
        Assert.Equal(EvaluationErrorKind.UserNotSpecified, client.BoolVariationDetail("bool", null!, true).Reason.ErrorKind);
        Assert.Equal(EvaluationErrorKind.UserNotSpecified, client.BoolVariationDetail("bool", Context.New(""), true).Reason.ErrorKind);
        Assert.Equal(EvaluationErrorKind.UserNotSpecified, (await client.BoolVariationDetailAsync("bool", null!, true, Clients.Token)).Reason.ErrorKind);
        Assert.False(client.AllFlagsState(null!).IsValid);
    }

    [Fact]
    public async Task A_deleted_flag_looks_like_a_missing_one()
    {
        var data = Data;
        await using var client = await Clients.StartAsync(data);
        data.Delete("bool");
        Assert.Equal(EvaluationErrorKind.FlagNotFound, client.BoolVariationDetail("bool", User, true).Reason.ErrorKind);
        Assert.DoesNotContain("bool", client.AllFlagsState(User).Values.Keys);
    }

    [Fact]
    public async Task Reads_before_the_first_data_say_so_once_in_the_log_and_each_time_in_the_reason()
    {
        var logs = new FakeLogCollector();
        await using var client = await Client.StartAsync(new()
        {
            DataSystem = DataSystem.FromSynchronizer(context => new ScriptedSource(context.Status)),
            StartTimeout = TimeSpan.Zero,
            LoggerFactory = Clients.Factory(logs),
        }, Clients.Token);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(EvaluationErrorKind.ClientNotReady, client.BoolVariationDetail("bool", User, true).Reason.ErrorKind);
        }

        Assert.Single(logs.GetSnapshot(), log => log.Message.Contains("before any data", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Scalar_reads_allocate_nothing()
    {
        await using var client = await Clients.StartAsync(Data);
        Allocations.None(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                ReadAll(client);
            }
        });

        static void ReadAll(Client client)
        {
            client.BoolVariation("bool", User, false);
            client.StringVariation("string", User, "dark");
            client.IntVariation("int", User, 0);
            client.DoubleVariation("double", User, 0);
            client.BoolVariationDetail("no-such-flag", User, false);
            client.JsonVariation("json", User, Value.Null);
            var reading = client.BoolVariationAsync("bool", User, false);
            Assert.True(reading.IsCompletedSuccessfully && reading.Result);
        }
    }

    [Fact]
    public async Task The_secure_mode_hash_is_the_one_of_the_published_example()
    {
        await using var client = await Client.StartAsync(
            new() { SdkKey = "secret", DataSystem = DataSystem.TestData(new()) }, Clients.Token);
        Assert.Equal("aa747c502a898200f9e4fa21bac68136f886a0e27aec70ba06daf2e2a5cb5597", client.SecureModeHash(Context.New("Message")));
        Assert.Equal("", client.SecureModeHash(Context.New("")));
    }
}
