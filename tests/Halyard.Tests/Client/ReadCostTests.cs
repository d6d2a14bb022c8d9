using System.Text.Json;
using Halyard.DataModel.Json.Reading;
using Halyard.Tests.Support;

namespace Halyard.Tests.Clients;

/// <summary>What reads by the public client allocate, by the shape of the flag. Bytes are exact.</summary>
[Collection(typeof(Alone))]
public sealed class ReadCostTests
{
    private static readonly Lazy<DataSet> Data = new(() => ModelReader.ReadDataSet(Payloads.Small));

    private static readonly Lazy<Context> User = new(() =>
    {
        using var contexts = JsonDocument.Parse(Payloads.Contexts);
        return Context.FromJson(contexts.RootElement[0].GetRawText());
    });

    public static TheoryData<string, EvaluationReasonKind> BenchFlags => new()
    {
        { "bench-off", EvaluationReasonKind.Off },
        { "bench-fallthrough", EvaluationReasonKind.Fallthrough },
        { "bench-target", EvaluationReasonKind.TargetMatch },
        { "bench-rules10", EvaluationReasonKind.RuleMatch },
        { "bench-rollout", EvaluationReasonKind.Fallthrough },
        { "bench-segment", EvaluationReasonKind.RuleMatch },
        { "bench-segment-rule", EvaluationReasonKind.RuleMatch },
        { "bench-prereq", EvaluationReasonKind.Fallthrough },
    };

    [Theory]
    [MemberData(nameof(BenchFlags))]
    public async Task A_read_of_any_shape_allocates_nothing_with_or_without_the_reason(string key, EvaluationReasonKind reason)
    {
        await using var client = await StartAsync(Data.Value);
        var user = User.Value;
        Assert.Equal(reason, client.BoolVariationDetail(key, user, false).Reason.Kind);
        Allocations.None(() => client.BoolVariation(key, user, false));
        Allocations.None(() => client.BoolVariationDetail(key, user, false));
        Allocations.None(() => client.JsonVariation(key, user, Value.Null));
        Allocations.None(() => client.JsonVariationDetail(key, user, Value.Null));
        Allocations.None(() => client.StringVariationDetail(key, user, "of another type"));
        var expected = client.BoolVariation(key, user, false);
        Allocations.None(() =>
        {
            var reading = client.BoolVariationAsync(key, user, false);
            Assert.True(reading.IsCompletedSuccessfully && reading.Result == expected);
        });
        Allocations.None(() =>
        {
            var reading = client.BoolVariationDetailAsync(key, user, false);
            Assert.True(reading.IsCompletedSuccessfully && reading.Result.Value == expected);
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reading_with_overrides_allocates_nothing_whether_the_flag_is_overridden_or_not(bool takesTheLongWay)
    {
        // Where big segments are configured a read takes the long way.
        await using var client = await StartAsync(
            Data.Value, takesTheLongWay ? new BigSegmentsOptions(_ => new BigSegmentStores.ScriptedStore()) : null);
        var user = User.Value;
        client.Overrides.Set("bench-target", true);
        client.Overrides.Set(Data.Value.Flags.Single(flag => flag.Key == "bench-prereq").Item!);
        client.Overrides.Set(Data.Value.Segments.First().Item!);
        Assert.True(client.BoolVariationDetail("bench-target", user, false).Reason.IsOverride);
        Assert.True(client.BoolVariationDetail("bench-prereq", user, false).Reason.IsOverride);
        foreach (var key in BenchFlags.Select(row => row.Data.Item1))
        {
            Allocations.None(() => client.BoolVariation(key, user, false));
            Allocations.None(() => client.BoolVariationDetail(key, user, false));
        }

        client.Overrides.Clear();
        Allocations.None(() => client.BoolVariationDetail("bench-target", user, false));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_warm_read_of_a_store_with_overrides_allocates_nothing(bool isOverridden)
    {
        var store = new HeldStore();
        store.Put(Data.Value);
        await using var client = await Client.StartAsync(new() { DataSystem = DataSystem.LazyLoad(store), StartTimeout = TimeSpan.Zero }, Clients.Token);
        client.Overrides.Set(isOverridden ? "bench-rules10" : "another", true);
        var user = User.Value;
        Assert.Equal(isOverridden, client.BoolVariationDetail("bench-rules10", user, false).Reason.IsOverride);
        Allocations.None(() => client.BoolVariation("bench-rules10", user, false));
        Allocations.None(() => client.BoolVariationDetail("bench-rules10", user, false));
    }

    [Fact]
    public async Task Reading_every_flag_of_the_payload_allocates_nothing()
    {
        await using var client = await StartAsync(Data.Value);
        var user = User.Value;
        string[] keys = [.. Data.Value.Flags.Select(flag => flag.Key)];
        Allocations.None(() =>
        {
            foreach (var key in keys)
            {
                client.JsonVariationDetail(key, user, Value.Null);
            }
        });
    }

    [Fact]
    public async Task The_state_of_all_flags_costs_the_same_for_each_flag_however_many_there_are()
    {
        var few = await BytesOfAllFlagsAsync(100);
        var many = await BytesOfAllFlagsAsync(1_000);

        // One entry for each flag in one array. What the state needs besides does not grow with them.
        Assert.InRange((many - few) / 900.0, 1, 64);
        Assert.InRange(few, 1, (100 * 64) + 1_024);
    }

    private static async Task<long> BytesOfAllFlagsAsync(int flags)
    {
        await using var client = await StartAsync(new([.. Enumerable.Range(0, flags).Select(i => Items.Flag($"flag-{i}"))], []));
        var user = User.Value;
        for (var i = 0; i < 50; i++)
        {
            client.AllFlagsState(user);
        }

        return Allocations.Least(() => client.AllFlagsState(user), rounds: 10);
    }

    private static async Task<Client> StartAsync(DataSet data, BigSegmentsOptions? bigSegments = null)
    {
        ScriptedSource? source = null;
        var client = await Client.StartAsync(
            new()
            {
                DataSystem = DataSystem.FromSynchronizer(context => source = new(context.Status)),
                StartTimeout = TimeSpan.Zero,
                BigSegments = bigSegments,
            },
            Clients.Token);
        source!.Destination!.Init(data);
        return client;
    }
}
