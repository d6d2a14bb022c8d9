using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Halyard.Tests.Clients;

public sealed class AllFlagsStateTests
{
    private const string Flags = """
        [
          {"key":"plain","version":3,"on":true,"variations":["a","b"],"fallthrough":{"variation":1},"clientSide":true},
          {"key":"server-only","version":4,"on":false,"variations":[1],"offVariation":0,
           "clientSideAvailability":{"usingEnvironmentId":false,"usingMobileKey":true}},
          {"key":"tracked","version":5,"on":true,"variations":[true],"fallthrough":{"variation":0},"trackEvents":true},
          {"key":"debugged","version":6,"on":true,"variations":[true],"fallthrough":{"variation":0},"debugEventsUntilDate":1000000},
          {"key":"debugged-before","version":7,"on":true,"variations":[true],"fallthrough":{"variation":0},"debugEventsUntilDate":1},
          {"key":"experiment","version":8,"on":true,"variations":[true],"trackEventsFallthrough":true,"fallthrough":{"variation":0}},
          {"key":"broken","version":9,"on":true,"variations":[true],"fallthrough":{"variation":7}},
          {"key":"dependent","version":10,"on":true,"variations":[true,false],"fallthrough":{"variation":0},"offVariation":1,
           "prerequisites":[{"key":"middle","variation":0},{"key":"tracked","variation":0}]},
          {"key":"middle","version":11,"on":true,"variations":[true],"fallthrough":{"variation":0},
           "prerequisites":[{"key":"plain","variation":1}]},
          {"key":"failing","version":12,"on":true,"variations":[true,false],"fallthrough":{"variation":0},"offVariation":1,
           "prerequisites":[{"key":"plain","variation":0},{"key":"tracked","variation":0}]}
        ]
        """;

    private static async Task<AllFlagsState> StateAsync(AllFlagsOptions options)
    {
        var data = new TestData();
        foreach (var flag in JsonNode.Parse(Flags)!.AsArray())
        {
            data.UpdateFlagJson(flag!.ToJsonString());
        }

        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(500_000));
        await using var client = await Client.StartAsync(new() { DataSystem = DataSystem.TestData(data), TimeProvider = time }, Clients.Token);
        return client.AllFlagsState(Clients.User, options);
    }

    [Fact]
    public async Task Front_ends_with_a_mobile_key_see_what_is_for_them_and_data_that_says_nothing()
    {
        Assert.Contains("server-only", (await StateAsync(AllFlagsOptions.MobileOnly)).Values.Keys);
        var both = await StateAsync(AllFlagsOptions.MobileOnly | AllFlagsOptions.ClientSideOnly);
        Assert.Equal(["plain"], both.Values.Keys);
    }

    [Fact]
    public async Task Client_side_SDKs_are_told_value_and_details_in_one()
    {
        var state = await StateAsync(AllFlagsOptions.WithReasons);
        using var json = new MemoryStream();
        using (var writer = new System.Text.Json.Utf8JsonWriter(json))
        {
            state.WriteEvaluationsTo(writer);
        }

        var flags = JsonNode.Parse(json.ToArray())!.AsObject();
        Assert.Equal(10, flags.Count);
        Assert.Equal("""{"value":"b","variation":1,"version":3,"reason":{"kind":"FALLTHROUGH"}}""", flags["plain"]!.ToJsonString());
        Assert.Equal("""{"value":null,"variation":null,"version":9,"reason":{"kind":"ERROR","errorKind":"MALFORMED_FLAG"}}""", flags["broken"]!.ToJsonString());
        Assert.Equal("""["middle","tracked"]""", flags["dependent"]!["prerequisites"]!.ToJsonString());
        Assert.True((bool)flags["experiment"]!["trackReason"]!);
        Assert.Equal((1, null, null), (state.GetVariation("plain"), state.GetVariation("broken"), state.GetVariation("nothing")));
    }

    [Fact]
    public async Task Every_flag_is_listed_with_its_value()
    {
        var state = await StateAsync(AllFlagsOptions.None);
        Assert.True(state.IsValid);
        Assert.Equal(10, state.Values.Count);
        Assert.Equal((Value)"b", state.Values["plain"]);
        Assert.Equal((Value)1, state.Values["server-only"]);
        Assert.Null(state.GetReason("plain"));
        Assert.Null(state.GetReason("no-such-flag"));
    }

    [Fact]
    public async Task The_text_holds_values_metadata_and_validity()
    {
        var json = JsonNode.Parse((await StateAsync(AllFlagsOptions.None)).ToJson())!;
        Assert.True((bool)json["$valid"]!);
        Assert.Equal("b", (string)json["plain"]!);
        Assert.Equal(["variation", "version"], json["$flagsState"]!["plain"]!.AsObject().Select(member => member.Key));
        Assert.True((bool)json["$flagsState"]!["tracked"]!["trackEvents"]!);
        Assert.Equal(1_000_000, (long)json["$flagsState"]!["debugged"]!["debugEventsUntilDate"]!);
    }

    [Fact]
    public async Task A_flag_in_an_experiment_shows_its_reason_unasked()
    {
        var state = await StateAsync(AllFlagsOptions.None);
        Assert.Equal(EvaluationReason.Fallthrough, state.GetReason("experiment"));
        var metadata = JsonNode.Parse(state.ToJson())!["$flagsState"]!["experiment"]!;
        Assert.True((bool)metadata["trackEvents"]!);
        Assert.True((bool)metadata["trackReason"]!);
        Assert.Equal("FALLTHROUGH", (string)metadata["reason"]!["kind"]!);
    }

    [Fact]
    public async Task A_flag_that_fails_is_listed_with_null_and_its_reason()
    {
        var state = await StateAsync(AllFlagsOptions.WithReasons);
        Assert.True(state.Values["broken"].IsNull);
        Assert.Equal(EvaluationErrorKind.MalformedFlag, state.GetReason("broken")!.Value.ErrorKind);
        Assert.Null(JsonNode.Parse(state.ToJson())!["$flagsState"]!["broken"]!["variation"]);
    }

    [Fact]
    public async Task Client_side_only_leaves_out_what_front_ends_may_not_see()
    {
        var state = await StateAsync(AllFlagsOptions.ClientSideOnly);
        Assert.Equal(["plain"], state.Values.Keys);
    }

    [Fact]
    public async Task Details_only_for_tracked_flags_drops_version_and_reason_of_the_others()
    {
        var state = await StateAsync(AllFlagsOptions.WithReasons | AllFlagsOptions.DetailsOnlyForTrackedFlags);
        var metadata = JsonNode.Parse(state.ToJson())!["$flagsState"]!;
        Assert.Equal(
            ["debugged", "experiment", "tracked"],
            metadata.AsObject().Where(flag => flag.Value!["version"] is not null).Select(flag => flag.Key).Order());
        Assert.Equal(
            ["debugged", "experiment", "tracked"],
            metadata.AsObject().Where(flag => flag.Value!["reason"] is not null).Select(flag => flag.Key).Order());
    }

    [Fact]
    public async Task Direct_prerequisites_are_listed_as_far_as_they_were_evaluated()
    {
        var metadata = JsonNode.Parse((await StateAsync(AllFlagsOptions.None)).ToJson())!["$flagsState"]!;
        Assert.Equal(["middle", "tracked"], metadata["dependent"]!["prerequisites"]!.AsArray().Select(key => (string)key!));
        Assert.Equal(["plain"], metadata["middle"]!["prerequisites"]!.AsArray().Select(key => (string)key!));
        Assert.Equal(["plain"], metadata["failing"]!["prerequisites"]!.AsArray().Select(key => (string)key!));
        Assert.Null(metadata["plain"]!["prerequisites"]);
    }

    [Fact]
    public async Task Without_data_or_context_the_state_is_empty_and_says_that_it_is_not_valid()
    {
        await using var client = await Client.StartAsync(new() { Offline = true }, Clients.Token);
        Assert.Equal("""{"$flagsState":{},"$valid":false}""", client.AllFlagsState(Clients.User).ToJson());
        Assert.Equal("""{"$flagsState":{},"$valid":false}""", (await client.AllFlagsStateAsync(Context.New(""), cancellationToken: Clients.Token)).ToJson());
    }
}
