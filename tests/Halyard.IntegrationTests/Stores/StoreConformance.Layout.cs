using System.Text;
using Halyard.Model;

namespace Halyard.IntegrationTests;

// What other programs find in the store, and what they may leave there.
public abstract partial class StoreConformance
{
    [Fact]
    public async Task The_bytes_that_are_stored_are_those_of_the_layout()
    {
        await using var both = Open();
        await both.InitAsync(Item(DataKind.Segment, "s", 3), Item(DataKind.Flag, "f", 7, ""","name":"Grüße" """), Item(DataKind.Flag, "old", 1));
        await both.InitAsync(Item(DataKind.Segment, "s", 3), Item(DataKind.Flag, "f", 7, ""","name":"Grüße" """));
        Assert.True(await both.UpsertAsync(new(DataKind.Flag, "gone", new(8, true, default))));
        Assert.Equal(Layout(_prefix), await RawAsync(_prefix));
    }

    [Fact]
    public async Task A_single_item_is_stored_as_one_of_a_complete_set_is()
    {
        await using var both = Open();
        await both.InitAsync(Item(DataKind.Flag, "f", 2), Item(DataKind.Segment, "s", 3));
        var whole = await RawAsync(_prefix);
        await both.InitAsync();
        Assert.True(await both.UpsertAsync(Item(DataKind.Segment, "s", 3)));
        Assert.True(await both.UpsertAsync(Item(DataKind.Flag, "f", 1)));
        Assert.True(await both.UpsertAsync(Item(DataKind.Flag, "f", 2)));
        Assert.Equal(whole, await RawAsync(_prefix));
    }

    [Fact]
    public async Task What_another_program_writes_is_read_and_guarded_like_ones_own()
    {
        await using var both = Open();
        await both.InitAsync(Item(DataKind.Flag, "f", 1));
        var theirs = Item(DataKind.Flag, "f", 5, ""","theirs":true""");
        await WriteRawAsync(theirs);
        await WriteRawAsync(Item(DataKind.Segment, "only-theirs", 1));
        Assert.Equal(Text(theirs), await both.ReadAsync(DataKind.Flag, "f"));
        Assert.Equal(["only-theirs"], await both.KeysAsync(DataKind.Segment));
        Assert.False(await both.UpsertAsync(Item(DataKind.Flag, "f", 4)));
        Assert.False(await both.UpsertAsync(Item(DataKind.Flag, "f", 5)));
        Assert.True(await both.UpsertAsync(Item(DataKind.Flag, "f", 6)));

        await both.InitAsync(Item(DataKind.Flag, "f", 7));
        Assert.Empty(await both.AllAsync(DataKind.Segment));
    }

    [Fact]
    public async Task Own_and_foreign_writers_of_different_items_do_not_disturb_each_other()
    {
        await using var both = Open();
        await both.InitAsync();
        await Task.WhenAll(
            Task.Run(
                async () =>
                {
                    for (var i = 0; i < 30; i++)
                    {
                        await WriteRawAsync(Item(DataKind.Flag, "theirs" + i, 1));
                    }
                },
                Token),
            Task.Run(
                async () =>
                {
                    for (var i = 0; i < 30; i++)
                    {
                        Assert.True(await both.UpsertAsync(Item(DataKind.Flag, "ours" + i, 1)));
                    }
                },
                Token)).WaitAsync(Limit, Token);
        var keys = await both.KeysAsync(DataKind.Flag);
        Assert.Equal(Enumerable.Range(0, 30).SelectMany(i => new[] { "ours" + i, "theirs" + i }).Order(StringComparer.Ordinal), keys);
    }

    /// <summary>Whether a writer of this layout stores a deleted item as the literal null.</summary>
    protected virtual bool NullIsATombstone => false;

    [Theory]
    [InlineData("not json")]
    [InlineData("[1]")]
    [InlineData("""{"version":"9"}""")]
    [InlineData("""{"key":"f","version":3""")]
    [InlineData("null")]
    public async Task A_malformed_item_is_handed_on_spoils_no_other_and_is_replaced(string malformed)
    {
        await using var both = Open();
        await both.InitAsync(Item(DataKind.Flag, "good", 1));
        await WriteRawAsync(_prefix, DataKind.Flag, "f", 0, malformed);
        if (malformed == "null" && NullIsATombstone)
        {
            Assert.Equal("", await both.ReadAsync(DataKind.Flag, "f"));
            return;
        }

        Assert.Equal(malformed, await both.ReadAsync(DataKind.Flag, "f"));
        Assert.Equal(malformed, Encoding.UTF8.GetString((await both.AllAsync(DataKind.Flag))["f"].SerializedItem.Span));
        Assert.Equal(["f", "good"], await both.KeysAsync(DataKind.Flag));
        Assert.True(await both.UpsertAsync(Item(DataKind.Flag, "f", 1)));
        Assert.Equal(Text(Item(DataKind.Flag, "f", 1)), await both.ReadAsync(DataKind.Flag, "f"));
    }

    [Fact]
    public async Task A_lazy_client_over_the_store_serves_what_is_sound_and_defaults_for_what_is_not()
    {
        await using var both = Open();
        await both.InitAsync(
            Item(DataKind.Segment, "beta", 1, ""","included":["ada"],"salt":"s" """),
            Item(
                DataKind.Flag,
                "sound",
                2,
                ""","on":true,"variations":["in","out"],"fallthrough":{"variation":1},"salt":"s","rules":[{"id":"r","variation":0,"clauses":[{"op":"segmentMatch","values":["beta"]}]}]"""),
            Tombstone(DataKind.Flag, "gone", 3));
        await WriteRawAsync(_prefix, DataKind.Flag, "malformed", 0, "{\"key\":");
        await using var client = await Client.StartAsync(new() { DataSystem = DataSystem.LazyLoad(Store(_prefix)) }, Token);
        Assert.Equal("in", client.StringVariation("sound", Halyard.Context.New("ada"), "default"));
        Assert.Equal("out", client.StringVariation("sound", Halyard.Context.New("bob"), "default"));
        Assert.Equal("default", client.StringVariation("malformed", Halyard.Context.New("ada"), "default"));
        Assert.Equal("default", client.StringVariation("gone", Halyard.Context.New("ada"), "default"));
        Assert.Equal("default", client.StringVariation("absent", Halyard.Context.New("ada"), "default"));
        Assert.Equal(["sound"], client.AllFlagsState(Halyard.Context.New("ada")).Values.Keys);
    }

    private Task WriteRawAsync(SerializedItem item) => WriteRawAsync(_prefix, item.Kind, item.Key, item.Item.Version, Text(item));
}
