using System.Text.Json.Nodes;
using Halyard.AllFlags;
using Halyard.DataComponents.Trie;
using Halyard.DataInterfaces;
using Halyard.Model;
using Halyard.Tests.Support;

namespace Halyard.Tests.Clients;

/// <summary>What the state of all flags allocates, to the byte.</summary>
[Collection(typeof(Alone))]
public sealed class AllFlagsCostTests
{
    private const int FlagCount = 1_000;
    private const int FlagBytes = 40;

    // The array's head, the state, and the collector of prerequisites.
    private const int OtherBytes = 24 + 48 + 40;

    private static readonly Context User = Context.New("user-1");

    [Fact]
    public void A_state_is_an_array_of_five_words_for_each_flag()
    {
        var view = View(FlagCount, clientSide: true);
        Allocations.Exactly((FlagCount * FlagBytes) + OtherBytes, () => Build(view, AllFlagsOptions.WithReasons));
    }

    [Fact]
    public void A_state_without_a_flag_for_front_ends_allocates_for_none()
    {
        var view = View(FlagCount, clientSide: false);
        Allocations.Exactly(OtherBytes - 24, () => Build(view, AllFlagsOptions.ClientSideOnly));
    }

    [Fact]
    public void A_state_is_written_without_a_buffer()
    {
        var state = Build(View(FlagCount, clientSide: true), AllFlagsOptions.WithReasons);
        Allocations.Exactly((22 + (2 * state.ToJson().Length) + 7) / 8 * 8, state.ToJson);
    }

    [Fact]
    public void Reasons_are_found_by_key_without_a_walk()
    {
        var state = Build(View(FlagCount, clientSide: true), AllFlagsOptions.WithReasons);
        string[] keys = [.. Enumerable.Range(0, FlagCount).Select(Key), "no-such-flag", ""];
        Assert.All(keys[..FlagCount], key => Assert.Equal(EvaluationReason.Off, state.GetReason(key)));
        Assert.All(keys[FlagCount..], key => Assert.Null(state.GetReason(key)));
        Allocations.None(() => Array.ForEach(keys, key => state.GetReason(key)));
    }

    [Theory]
    [InlineData(0, AllFlagsOptions.None)]
    [InlineData(0, AllFlagsOptions.ClientSideOnly)]
    [InlineData(1, AllFlagsOptions.ClientSideOnly)]
    [InlineData(16, AllFlagsOptions.ClientSideOnly)]
    [InlineData(17, AllFlagsOptions.ClientSideOnly)]
    [InlineData(100, AllFlagsOptions.ClientSideOnly)]
    [InlineData(100, AllFlagsOptions.None)]
    public void A_state_of_any_size_lists_each_flag_once(int count, AllFlagsOptions options) => Assert.Equal(
        Enumerable.Range(0, count).Select(Key).Order(StringComparer.Ordinal),
        Build(View(count, clientSide: true), options).Values.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void A_tombstone_takes_no_place_in_a_state()
    {
        var flags = View(3, clientSide: true).Data.Flags.With(ItemDescriptor<Flag>.Tombstone("gone", 1));
        var state = Build(new(new(flags, ItemMap<ItemDescriptor<Segment>>.Empty, true), null), AllFlagsOptions.None);
        Assert.Equal(3, state.Values.Count);
    }

    [Fact]
    public void A_prerequisite_under_another_key_is_told_by_its_own()
    {
        var state = Build(new(Snapshot(
            Item("first", """{"key":"first","version":1,"on":true,"variations":[true],"fallthrough":{"variation":0}}"""),
            Item("moved", """{"key":"its-own","version":1,"on":true,"variations":[true],"fallthrough":{"variation":0}}"""),
            Item("last", """
                {"key":"last","version":1,"on":true,"variations":[true],"fallthrough":{"variation":0},
                 "prerequisites":[{"key":"first","variation":0},{"key":"moved","variation":0},{"key":"absent","variation":0}]}
                """)), null), AllFlagsOptions.None);
        var prerequisites = JsonNode.Parse(state.ToJson())!["$flagsState"]!["last"]!["prerequisites"]!;
        Assert.Equal(["first", "its-own"], prerequisites.AsArray().Select(key => (string)key!));
    }

    private static string Key(int number) => $"flag-{number:D4}";

    private static DataView View(int count, bool clientSide) => new(
        Snapshot([.. Enumerable.Range(0, count).Select(number => Item(
            Key(number),
            $$"""{"key":"{{Key(number)}}","version":1,"on":false,"variations":["a<b",{"x":[1,2.5]}],"offVariation":1,"clientSide":{{(clientSide ? "true" : "false")}}}"""))]),
        null);

    private static DataSnapshot Snapshot(params ReadOnlySpan<ItemDescriptor<Flag>> flags) =>
        new(ItemMap<ItemDescriptor<Flag>>.Empty.WithAll(flags), ItemMap<ItemDescriptor<Segment>>.Empty, true);

    private static ItemDescriptor<Flag> Item(string key, string json) =>
        (ItemDescriptor<Flag>)ItemDescriptor.FromJson(DataKind.Flag, key, System.Text.Encoding.UTF8.GetBytes(json));

    private static AllFlagsState Build(DataView view, AllFlagsOptions options) =>
        AllFlagsBuilder.Build(view, true, User, options, DateTimeOffset.UnixEpoch, null, out _);
}
