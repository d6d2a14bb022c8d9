using System.Text;
using Halyard.DataComponents;
using Halyard.DataInterfaces;
using Halyard.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.Tests.LazyLoading;

/// <summary>What is read of a store again, and has not changed, is not made anew.</summary>
public sealed class UnchangedTextTests : IAsyncDisposable
{
    private readonly StoreOfText _store = new();
    private readonly JsonDeserializer _reader;
    private IReadOnlyList<QuarantinedItem> _listed = [];
    private ItemDescriptor? _held;

    public UnchangedTextTests()
    {
        _reader = new(_store, NullLogger.Instance, new(NullLogger.Instance, TimeProvider.System, (items, _) => _listed = items));
        _reader.ReuseFrom((_, _) => _held);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _reader.DisposeAsync();

    [Fact]
    public async Task An_unchanged_text_gives_the_flag_that_is_held_in_a_descriptor_of_its_own()
    {
        var first = await ReadAsync("""{"key":"a","version":3,"on":true}""");
        _held = first.Item;
        var second = await ReadAsync("""{"key":"a","version":3,"on":true}""");
        Assert.Same(Flag(first), Flag(second));
        Assert.NotSame(first.Item, second.Item);
        Assert.Equal(3, second.Item!.Version);
        _held = second.Item;
        Assert.Same(Flag(first), Flag(await ReadAsync("""{"key":"a","version":3,"on":true}""")));
        Assert.Same(Flag(first), Flag(_reader.Get(DataKind.Flag, "a", TimeSpan.FromSeconds(1))));
        Assert.Same(Flag(first), Flag((await _reader.GetManyAsync(DataKind.Flag, ["a"], Token))[0]));
        Assert.Same(Flag(first), ((ItemDescriptor<Flag>)(await _reader.AllAsync(DataKind.Flag, Token)).Items[0]).Item);
    }

    [Theory]
    [InlineData("""{"key":"a","version":3,"on":false}""", 0)]
    [InlineData("""{"key":"a","version":3,"on":true }""", 0)]
    [InlineData("""{"key":"a","version":3,"on":true}""", 4)]
    public async Task Another_text_or_version_gives_another_flag(string text, long version)
    {
        var first = await ReadAsync("""{"key":"a","version":3,"on":true}""");
        _held = first.Item;
        var second = await ReadAsync(text, version);
        Assert.NotSame(Flag(first), Flag(second));
        Assert.Equal(version == 0 ? 3 : 4, second.Item!.Version);
    }

    [Fact]
    public async Task A_tombstone_stays_one_and_a_placeholder_is_never_taken_for_an_item()
    {
        var deleted = await ReadAsync("""{"key":"a","version":5,"deleted":true}""");
        _held = deleted.Item;
        var again = await ReadAsync("""{"key":"a","version":5,"deleted":true}""");
        Assert.True(again.Item is { IsTombstone: true, Version: 5 });
        _held = Placeholder.Absent(DataKind.Flag, "a");
        Assert.True(Flag(await ReadAsync("""{"key":"a","version":3,"on":true}"""))!.On);
    }

    [Fact]
    public async Task A_good_text_that_is_back_after_a_malformed_one_is_no_longer_listed()
    {
        var good = await ReadAsync("""{"key":"a","version":3,"on":true}""");
        _held = good.Item;
        Assert.Equal(ReadOutcome.Malformed, (await ReadAsync("""{"key":"a","version":4,"on":7}""")).Outcome);
        Assert.Single(_listed);
        Assert.Same(Flag(good), Flag(await ReadAsync("""{"key":"a","version":3,"on":true}""")));
        Assert.Empty(_listed);
    }

    [Fact]
    public void Texts_that_differ_in_any_bit_in_length_or_in_order_have_different_numbers()
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 60).Select(static i => $"word-{i:x2} ")));
        var seen = new HashSet<ulong> { TextHash.Of(text, 0) };
        var count = 1;
        for (var bit = 0; bit < text.Length * 8; bit++)
        {
            text[bit / 8] ^= (byte)(1 << (bit % 8));
            seen.Add(TextHash.Of(text, 0));
            for (var second = bit + 1; second < Math.Min(bit + 130, text.Length * 8); second++)
            {
                text[second / 8] ^= (byte)(1 << (second % 8));
                seen.Add(TextHash.Of(text, 0));
                text[second / 8] ^= (byte)(1 << (second % 8));
                count++;
            }

            text[bit / 8] ^= (byte)(1 << (bit % 8));
            count++;
        }

        for (var length = 0; length < text.Length; length++)
        {
            seen.Add(TextHash.Of(text.AsSpan(0, length), 0));
            seen.Add(TextHash.Of(text, length + 1));
            count += 2;
        }

        for (var i = 0; i + 32 <= text.Length; i += 8)
        {
            byte[] swapped = [.. text[..i], .. text[(i + 24)..(i + 32)], .. text[(i + 8)..(i + 24)], .. text[i..(i + 8)], .. text[(i + 32)..]];
            seen.Add(TextHash.Of(swapped, 0));
            count++;
        }

        for (var zeros = 1; zeros < 40; zeros++)
        {
            seen.Add(TextHash.Of(new byte[zeros], 0));
            count++;
        }

        Assert.Equal(count, seen.Count);
        Assert.DoesNotContain(0UL, seen);
    }

    private static Flag? Flag(ReadItem read) => ((ItemDescriptor<Flag>)read.Item!).Item;

    private ValueTask<ReadItem> ReadAsync(string text, long version = 0)
    {
        _store.Put(DataKind.Flag, "a", text, version);
        return _reader.GetAsync(DataKind.Flag, "a", Token);
    }
}
