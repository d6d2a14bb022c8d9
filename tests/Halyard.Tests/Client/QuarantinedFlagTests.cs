using System.Text;
using Halyard.DataModel.Json.Reading;
using Halyard.Model;
using Halyard.Tests.Snapshots;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.Tests.Clients;

/// <summary>What a client shows of flags that cannot be understood.</summary>
public sealed class QuarantinedFlagTests
{
    private readonly FakeLogCollector _logs = new();
    private PushedSource _source = null!;

    [Fact]
    public async Task A_flag_without_a_good_version_is_malformed_and_not_unknown()
    {
        await using var client = await StartAsync();
        Init($$$"""{"flags":{"good":{{{On("good", 1)}}},"bad":{{{Bad.Json("bad", 3)}}},"scalar":7}}""");
        Assert.True(client.BoolVariation("good", Clients.User, false));
        Assert.Equal(EvaluationErrorKind.MalformedFlag, Reason(client, "bad").ErrorKind);
        Assert.Equal(EvaluationErrorKind.MalformedFlag, Reason(client, "scalar").ErrorKind);
        Assert.Equal(EvaluationErrorKind.FlagNotFound, Reason(client, "nowhere").ErrorKind);
        Assert.True(client.BoolVariationDetail("bad", Clients.User, true).Value);
        Assert.Equal(EvaluationErrorKind.MalformedFlag, (await client.BoolVariationDetailAsync("bad", Clients.User, true, Clients.Token)).Reason.ErrorKind);
        Assert.Equal(["good"], client.AllFlagsState(Clients.User).Values.Keys);
        var status = client.DataSourceStatus.Current;
        Assert.Equal(DataSourceState.Valid, status.State);
        Assert.Equal(2, status.QuarantinedCount);
        Assert.Equal([("bad", 3L, "flags.bad.rules[2].clauses"), ("scalar", null, "flags.scalar")],
            status.Quarantined.Select(item => (item.Key, item.Version, item.Path)));
        Assert.Equal(2, _logs.GetSnapshot().Count(line => line.Category == "Halyard.Data"));

        // The list outlives a change of state, and ends with the next good version.
        _source.Status.ReportInterrupted(DataSourceErrorKind.NetworkError, "gone");
        Assert.Equal(2, client.DataSourceStatus.Current.Quarantined.Count);
        Init($$$"""{"flags":{"bad":{{{On("bad", 4)}}} }}""");
        Assert.True(client.BoolVariation("bad", Clients.User, false));
        Assert.Empty(client.DataSourceStatus.Current.Quarantined);
        Assert.Equal(EvaluationErrorKind.FlagNotFound, Reason(client, "scalar").ErrorKind);
    }

    [Fact]
    public async Task A_prerequisite_without_a_good_version_fails_and_a_segment_without_one_matches_nobody()
    {
        await using var client = await StartAsync();
        Init($$$"""
            {"flags":{
              "top":{"key":"top","version":1,"on":true,"prerequisites":[{"key":"bad","variation":0}],"fallthrough":{"variation":0},"offVariation":1,"variations":[true,false]},
              "member":{"key":"member","version":1,"on":true,"rules":[{"variation":0,"clauses":[{"attribute":"","op":"segmentMatch","values":["s"]}]}],"fallthrough":{"variation":1},"variations":[true,false]},
              "bad":{{{Bad.Json("bad", 3)}}} },
             "segments":{"s":{{{Bad.Json("s", 1)}}} }}
            """);
        var top = client.BoolVariationDetail("top", Clients.User, true);
        Assert.Equal((false, EvaluationReasonKind.PrerequisiteFailed), (top.Value, top.Reason.Kind));
        var member = client.BoolVariationDetail("member", Clients.User, true);
        Assert.Equal((false, EvaluationReasonKind.Fallthrough), (member.Value, member.Reason.Kind));
    }

    [Fact]
    public async Task A_deleted_flag_that_comes_back_malformed_is_malformed()
    {
        await using var client = await StartAsync();
        Init($$$"""{"flags":{"a":{{{On("a", 1)}}} }}""");
        _source.Destination.Upsert(DataKind.Flag, "a", Items.NoFlag("a", 2));
        _source.Destination.Upsert(DataKind.Flag, "a", Bad.Flag("a", 3));
        Assert.Equal(EvaluationErrorKind.MalformedFlag, Reason(client, "a").ErrorKind);
        _source.Destination.Upsert(DataKind.Flag, "a", Items.NoFlag("a", 4));
        Assert.Equal(EvaluationErrorKind.FlagNotFound, Reason(client, "a").ErrorKind);
    }

    [Fact]
    public async Task All_flags_state_tells_the_version_inside_the_flag_and_not_that_of_its_event()
    {
        await using var client = await StartAsync();
        _source.Destination.Apply(new(
            ChangeSetKind.Full, [ItemDescriptor.FromJson(DataKind.Flag, "a", Encoding.UTF8.GetBytes(On("a", 100))).WithVersion(1)], new("s", 1)));
        _source.Status.ReportValid();
        Assert.Contains("\"version\":100", client.AllFlagsState(Clients.User).ToJson(), StringComparison.Ordinal);
    }

    private static string On(string key, long version) =>
        $$"""{"key":"{{key}}","version":{{version}},"on":true,"fallthrough":{"variation":0},"variations":[true,false]}""";

    private static EvaluationReason Reason(Client client, string key) => client.BoolVariationDetail(key, Clients.User, false).Reason;

    private void Init(string json)
    {
        _source.Destination.Init(ModelReader.ReadDataSet(Encoding.UTF8.GetBytes(json)));
        _source.Status.ReportValid();
    }

    private async Task<Client> StartAsync()
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var client = await Client.StartAsync(new ClientOptions
        {
            StartTimeout = TimeSpan.Zero,
            SdkKey = "key",
            DataSystem = DataSystem.FromSynchronizer(context => _source = new(context.Status, started)),
            LoggerFactory = Clients.Factory(_logs),
        });
        await started.Task.Soon();
        return client;
    }
}
