using System.Text;
using Halyard.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.IntegrationTests;

/// <summary>What every persistent store promises, whatever it is made of. Each test works under a prefix of its own.</summary>
public abstract partial class StoreConformance
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _prefix = "t" + Guid.NewGuid().ToString("N");

    /// <summary>The store under test, its items under the given prefix.</summary>
    protected abstract IPersistentStore Store(string prefix);

    /// <summary>The size of the largest item that is stored for sure.</summary>
    protected virtual int LargeItemBytes => 350_000;

    /// <summary>How many items are many; fewer where writing them takes long.</summary>
    protected virtual int ManyItems => 10_000;

    /// <summary>Whether readers see a complete set at once or not at all.</summary>
    protected virtual bool InitIsAtomic => true;

    /// <summary>The prefix of the test.</summary>
    protected string Prefix => _prefix;

    /// <summary>All that the store holds under a prefix, read by other means than Halyard's; a line for each entry, ordered by its bytes.</summary>
    protected abstract Task<string[]> RawAsync(string prefix);

    /// <summary>What <see cref="RawAsync"/> gives after the writes of the layout's test.</summary>
    protected abstract string[] Layout(string prefix);

    /// <summary>Writes an item as another program would, without asking for the version that is there.</summary>
    protected abstract Task WriteRawAsync(string prefix, DataKind kind, string key, long version, string text);

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected static PersistentStoreContext Context { get; } = new(NullLoggerFactory.Instance, TimeProvider.System);

    protected static SerializedItem Item(DataKind kind, string key, long version, string? more = null) => new(
        kind, key, new(version, false, Encoding.UTF8.GetBytes($$"""{"key":{{Quote(key)}},"version":{{version}}{{more}}}""")));

    protected static SerializedItem Tombstone(DataKind kind, string key, long version) => new(
        kind, key, new(version, true, Encoding.UTF8.GetBytes($$"""{"key":{{Quote(key)}},"version":{{version}},"deleted":true}""")));

    [Fact]
    public async Task What_is_written_is_read_back_byte_for_byte()
    {
        await using var both = Open();
        SerializedItem[] items = [Item(DataKind.Segment, "s", 3), Item(DataKind.Flag, "f", 7, ""","on":true"""), Item(DataKind.Flag, "g", 1)];
        await both.InitAsync(items);

        foreach (var item in items)
        {
            Assert.Equal(Text(item), await both.ReadAsync(item.Kind, item.Key));
        }

        Assert.Equal(["f", "g"], await both.KeysAsync(DataKind.Flag));
        Assert.Equal(["s"], await both.KeysAsync(DataKind.Segment));
        Assert.Equal(Text(items[1]), Encoding.UTF8.GetString((await both.AllAsync(DataKind.Flag))["f"].SerializedItem.Span));
    }

    [Fact]
    public async Task Items_read_in_one_trip_are_what_each_would_be_alone()
    {
        await using var both = Open();
        if (both.Reader.LargestBatch == 1)
        {
            await Assert.ThrowsAsync<NotSupportedException>(() => both.Reader.GetManyAsync(DataKind.Flag, ["f"], Token).AsTask());
            return;
        }

        await both.InitAsync(Item(DataKind.Segment, "only-a-segment", 3), Item(DataKind.Flag, "f", 7, ""","on":true"""), Item(DataKind.Flag, "g ü", 1));
        Assert.True(await both.UpsertAsync(Tombstone(DataKind.Flag, "gone", 9)));
        string[] keys = ["nowhere", "g ü", "gone", "only-a-segment", "f"];
        var many = await both.Reader.GetManyAsync(DataKind.Flag, keys, Token).AsTask().WaitAsync(Limit, Token);
        Assert.Equal(keys.Length, many.Length);
        for (var i = 0; i < keys.Length; i++)
        {
            var one = await both.DescriptorAsync(DataKind.Flag, keys[i]);
            Assert.Equal((one?.Version, one?.Deleted), (many[i]?.Version, many[i]?.Deleted));
            Assert.Equal(one?.SerializedItem.ToArray(), many[i]?.SerializedItem.ToArray());
        }

        Assert.Equal([false, true, true, false, true], many.Select(item => item is not null));
    }

    [Fact]
    public async Task A_read_on_the_caller_s_thread_is_what_an_awaited_one_would_be()
    {
        await using var both = Open();
        await both.InitAsync(Item(DataKind.Segment, "only-a-segment", 3), Item(DataKind.Flag, "f", 7, ""","on":true"""), Item(DataKind.Flag, "g ü", 1));
        Assert.True(await both.UpsertAsync(Tombstone(DataKind.Flag, "gone", 9)));
        Assert.NotNull(await both.ReadAsync(DataKind.Flag, "f"));
        if (!both.Reader.CanGet)
        {
            Assert.Throws<NotSupportedException>(() => both.Reader.Get(DataKind.Flag, "f", Limit));
            Assert.Throws<NotSupportedException>(() => both.Reader.GetMany(DataKind.Flag, ["f"], Limit));
            return;
        }

        string[] keys = ["nowhere", "g ü", "gone", "only-a-segment", "f"];
        var many = both.Reader.GetMany(DataKind.Flag, keys, Limit);
        Assert.Equal([false, true, true, false, true], many.Select(static item => item is not null));
        foreach (var (i, key) in keys.Index())
        {
            var awaited = await both.DescriptorAsync(DataKind.Flag, key);
            var blocking = both.Reader.Get(DataKind.Flag, key, Limit);
            Assert.Equal((awaited?.Version, awaited?.Deleted), (blocking?.Version, blocking?.Deleted));
            Assert.Equal(awaited?.SerializedItem.ToArray(), blocking?.SerializedItem.ToArray());
            Assert.Equal((awaited?.Version, awaited?.Deleted), (many[i]?.Version, many[i]?.Deleted));
            Assert.Equal(awaited?.SerializedItem.ToArray(), many[i]?.SerializedItem.ToArray());
        }
    }

    [Fact]
    public async Task An_empty_store_has_no_items_and_no_marker()
    {
        await using var both = Open();
        Assert.Null(await both.ReadAsync(DataKind.Flag, "f"));
        Assert.Empty(await both.AllAsync(DataKind.Flag));
        Assert.Empty(await both.AllAsync(DataKind.Segment));
        Assert.False(await both.Reader.InitializedAsync(Token).AsTask().WaitAsync(Limit, Token));
        Assert.False(await both.Writer.InitializedAsync(Token).AsTask().WaitAsync(Limit, Token));
    }

    [Fact]
    public async Task A_key_of_one_kind_is_no_key_of_the_other()
    {
        await using var both = Open();
        await both.InitAsync(Item(DataKind.Flag, "same", 1));
        Assert.Null(await both.ReadAsync(DataKind.Segment, "same"));
    }

    [Fact]
    public async Task The_marker_appears_with_a_complete_set_even_an_empty_one_and_not_with_a_single_item()
    {
        await using var both = Open();
        await both.UpsertAsync(Item(DataKind.Flag, "f", 1));
        Assert.False(await both.Reader.InitializedAsync(Token));
        await both.InitAsync();
        Assert.True(await both.Reader.InitializedAsync(Token));
        Assert.True(await both.Writer.InitializedAsync(Token));
        Assert.Empty(await both.AllAsync(DataKind.Flag));
    }

    [Fact]
    public async Task A_complete_set_replaces_what_was_there_and_removes_what_is_not_in_it()
    {
        await using var both = Open();
        await both.InitAsync([.. Enumerable.Range(0, 60).Select(i => Item(DataKind.Flag, "f" + i, 9)), Item(DataKind.Segment, "s", 9)]);
        var older = Item(DataKind.Flag, "f1", 2);
        await both.InitAsync(older, Item(DataKind.Flag, "new", 1));

        Assert.Equal(["f1", "new"], await both.KeysAsync(DataKind.Flag));
        Assert.Empty(await both.AllAsync(DataKind.Segment));
        Assert.Equal(Text(older), await both.ReadAsync(DataKind.Flag, "f1"));
    }

    [Fact]
    public async Task Only_a_newer_version_overwrites()
    {
        await using var both = Open();
        await both.InitAsync(Item(DataKind.Flag, "f", 5));
        var same = await both.UpsertAsync(Item(DataKind.Flag, "f", 5, ""","x":1"""));
        var older = await both.UpsertAsync(Item(DataKind.Flag, "f", 4, ""","x":1"""));
        Assert.False(same);
        Assert.False(older);
        Assert.Equal(Text(Item(DataKind.Flag, "f", 5)), await both.ReadAsync(DataKind.Flag, "f"));

        var newer = Item(DataKind.Flag, "f", 6, ""","x":2""");
        Assert.True(await both.UpsertAsync(newer));
        Assert.Equal(Text(newer), await both.ReadAsync(DataKind.Flag, "f"));
        Assert.True(await both.UpsertAsync(Item(DataKind.Segment, "first", 1)));
        Assert.False(await both.UpsertAsync(Item(DataKind.Segment, "first", 1)));
    }

    [Fact]
    public async Task Versions_compare_as_numbers_not_as_text()
    {
        await using var both = Open();
        Assert.True(await both.UpsertAsync(Item(DataKind.Flag, "f", 9)));
        Assert.True(await both.UpsertAsync(Item(DataKind.Flag, "f", 10)));
        Assert.False(await both.UpsertAsync(Item(DataKind.Flag, "f", 9)));
        Assert.True(await both.UpsertAsync(Item(DataKind.Flag, "f", 1_700_000_000_001)));
        Assert.False(await both.UpsertAsync(Item(DataKind.Flag, "f", 1_700_000_000_000)));
    }

    [Fact]
    public async Task A_tombstone_defends_its_version_and_yields_to_a_newer_item()
    {
        await using var both = Open();
        await both.InitAsync(Item(DataKind.Flag, "f", 1));
        Assert.True(await both.UpsertAsync(Tombstone(DataKind.Flag, "f", 3)));
        Assert.False(await both.UpsertAsync(Item(DataKind.Flag, "f", 2)));
        Assert.True(IsDeleted(await both.DescriptorAsync(DataKind.Flag, "f")));
        Assert.True(await both.UpsertAsync(Item(DataKind.Flag, "f", 4)));
        Assert.False(IsDeleted(await both.DescriptorAsync(DataKind.Flag, "f")));
    }

    [Fact]
    public async Task A_deleted_item_without_json_is_stored_as_a_tombstone_that_names_its_key()
    {
        await using var both = Open();
        Assert.True(await both.UpsertAsync(new(DataKind.Segment, "gone", new(8, true, default))));
        var stored = await both.DescriptorAsync(DataKind.Segment, "gone");
        Assert.True(IsDeleted(stored));
        Assert.False(await both.UpsertAsync(Item(DataKind.Segment, "gone", 8)));
    }

    [Theory]
    [InlineData("""{"version":4,"deleted":true}""")]
    [InlineData("""{"key":"f","version":4,"deleted":true}""")]
    [InlineData("""{"key":"$deleted","version":4,"deleted":true,"on":false,"rules":[],"included":["a"]}""")]
    public async Task Every_shape_of_tombstone_is_handed_on_and_defends_its_version(string shape)
    {
        await using var both = Open();
        await both.InitAsync(
            new SerializedItem(DataKind.Flag, "f", new(4, true, Encoding.UTF8.GetBytes(shape))), Item(DataKind.Flag, "alive", 1));
        Assert.True(IsDeleted(await both.DescriptorAsync(DataKind.Flag, "f")));
        Assert.True(IsDeleted((await both.AllAsync(DataKind.Flag))["f"]));
        Assert.Equal(["alive", "f"], await both.KeysAsync(DataKind.Flag));
        Assert.False(await both.UpsertAsync(Item(DataKind.Flag, "f", 4)));
        Assert.True(await both.UpsertAsync(Item(DataKind.Flag, "f", 5)));
    }

    [Fact]
    public async Task Of_concurrent_writers_the_highest_version_wins()
    {
        await using var first = Open();
        await using var second = Open();
        var versions = Enumerable.Range(1, 60).ToArray();
        Random.Shared.Shuffle(versions);
        await Task.WhenAll(versions.Select((v, i) => (i % 2 == 0 ? first : second).UpsertAsync(Item(DataKind.Flag, "hot", v)))).WaitAsync(Limit, Token);
        Assert.Equal(Text(Item(DataKind.Flag, "hot", 60)), await first.ReadAsync(DataKind.Flag, "hot"));
    }

    [Fact]
    public async Task Concurrent_writers_of_different_items_all_succeed()
    {
        await using var both = Open();
        var written = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => both.UpsertAsync(Item(DataKind.Flag, "f" + i, 1)))).WaitAsync(Limit, Token);
        Assert.All(written, Assert.True);
        Assert.Equal(40, (await both.AllAsync(DataKind.Flag)).Count);
    }

    [Fact]
    public async Task Prefixes_that_begin_alike_do_not_see_each_other()
    {
        string[] prefixes = [_prefix, _prefix + "-other", _prefix + ":features", _prefix + ":"];
        foreach (var prefix in prefixes)
        {
            await using var both = Open(prefix);
            await both.InitAsync(Item(DataKind.Flag, "mine", prefix.Length), Item(DataKind.Flag, "in-" + prefix.Length, 1));
        }

        await using (var shortest = Open(prefixes[0]))
        {
            await shortest.InitAsync();
            Assert.Empty(await shortest.AllAsync(DataKind.Flag));
        }

        foreach (var prefix in prefixes[1..])
        {
            await using var both = Open(prefix);
            Assert.True(await both.Reader.InitializedAsync(Token));
            Assert.Equal(Text(Item(DataKind.Flag, "mine", prefix.Length)), await both.ReadAsync(DataKind.Flag, "mine"));
            Assert.Equal(2, (await both.AllAsync(DataKind.Flag)).Count);
        }
    }

    [Theory]
    [InlineData("ключ-ñ-鍵-🚩")]
    [InlineData("with space, \"quotes\" and \\ backslash")]
    [InlineData("a/b:c{d}%20*?[x]")]
    [InlineData("$inited")]
    [InlineData("line\nbreak")]
    [InlineData("..")]
    [InlineData("a//b/./c/")]
    public async Task Any_text_can_be_a_key(string key)
    {
        await using var both = Open();
        await both.InitAsync(Item(DataKind.Flag, key, 1), Item(DataKind.Flag, "plain", 1));
        Assert.True(await both.UpsertAsync(Item(DataKind.Flag, key, 2)));
        Assert.Equal(Text(Item(DataKind.Flag, key, 2)), await both.ReadAsync(DataKind.Flag, key));
        Assert.Equal(Text(Item(DataKind.Flag, key, 2)), Encoding.UTF8.GetString((await both.AllAsync(DataKind.Flag))[key].SerializedItem.Span));
        Assert.Equal(2, (await both.AllAsync(DataKind.Flag)).Count);
    }

    [Fact]
    public async Task Large_items_and_many_of_them_survive()
    {
        await using var both = Open();
        var padding = $",\"x\":\"{new string('é', (LargeItemBytes / 2) - 100)}\"";
        SerializedItem[] items =
        [
            .. Enumerable.Range(0, 6).Select(i => Item(DataKind.Segment, "large" + i, 1, padding)),
            .. Enumerable.Range(0, 1_500).Select(i => Item(DataKind.Flag, "f" + i, i + 1)),
        ];
        await both.InitAsync(items);
        Assert.Equal(6, (await both.AllAsync(DataKind.Segment)).Count);
        Assert.Equal(1_500, (await both.AllAsync(DataKind.Flag)).Count);
        Assert.Equal(Text(items[5]), await both.ReadAsync(DataKind.Segment, "large5"));
    }

    [Fact]
    public async Task A_cancelled_read_ends_at_once()
    {
        await using var both = Open();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => both.Reader.GetAsync(DataKind.Flag, "f", cancelled.Token).AsTask().WaitAsync(Limit, Token));
    }

    [Fact]
    public async Task A_disposed_reader_says_so()
    {
        var both = Open();
        await both.DisposeAsync();
        await both.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(
            () => both.Reader.GetAsync(DataKind.Flag, "f", Token).AsTask().WaitAsync(Limit, Token));
    }

    protected ReaderAndWriter Open(string? prefix = null)
    {
        var store = Store(prefix ?? _prefix);
        return new(store.CreateReader(Context), store.CreateWriter(Context));
    }

    protected static string Text(SerializedItem item) => Encoding.UTF8.GetString(item.Item.SerializedItem.Span);

    /// <summary>Deleted by the store's word, or by the JSON's.</summary>
    protected static bool IsDeleted(SerializedItemDescriptor? descriptor) => descriptor is { } found
        && (found.Deleted || Encoding.UTF8.GetString(found.SerializedItem.Span).Contains("\"deleted\":true", StringComparison.Ordinal));

    private static string Quote(string text) => $"\"{System.Text.Json.JsonEncodedText.Encode(text)}\"";

    /// <summary>Both ends of a store, with every call bounded in time.</summary>
    protected sealed class ReaderAndWriter(ISerializedDataReader reader, ISerializedDataWriter writer) : IAsyncDisposable
    {
        public ISerializedDataReader Reader => reader;

        public ISerializedDataWriter Writer => writer;

        public Task InitAsync(params SerializedItem[] items) => writer.InitAsync(items, Token).AsTask().WaitAsync(Limit, Token);

        public Task<bool> UpsertAsync(SerializedItem item) => writer.UpsertAsync(item, Token).AsTask().WaitAsync(Limit, Token);

        public Task<SerializedItemDescriptor?> DescriptorAsync(DataKind kind, string key) =>
            reader.GetAsync(kind, key, Token).AsTask().WaitAsync(Limit, Token);

        public async Task<string?> ReadAsync(DataKind kind, string key) =>
            await DescriptorAsync(kind, key) is { } found ? Encoding.UTF8.GetString(found.SerializedItem.Span) : null;

        public Task<IReadOnlyDictionary<string, SerializedItemDescriptor>> AllAsync(DataKind kind) =>
            reader.AllAsync(kind, Token).AsTask().WaitAsync(Limit, Token);

        public async Task<string[]> KeysAsync(DataKind kind) => [.. (await AllAsync(kind)).Keys.Order(StringComparer.Ordinal)];

        public async ValueTask DisposeAsync()
        {
            await reader.DisposeAsync();
            await writer.DisposeAsync();
        }
    }
}
