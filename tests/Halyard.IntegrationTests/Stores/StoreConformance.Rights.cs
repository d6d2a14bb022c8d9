using Halyard.Model;

namespace Halyard.IntegrationTests;

// Whoever may only read.
public abstract partial class StoreConformance
{
    /// <summary>The store for a user who may read and not write; null where such users are tested elsewhere, or do not exist.</summary>
    protected virtual Task<IPersistentStore?> ReadOnlyAsync(string prefix) => Task.FromResult<IPersistentStore?>(null);

    [Fact]
    public async Task Who_may_only_read_reads_all_and_is_told_in_plain_words_that_he_may_not_write()
    {
        if (await ReadOnlyAsync(_prefix) is not { } store)
        {
            return;
        }

        await using var owner = Open();
        await owner.InitAsync(Item(DataKind.Flag, "f", 1), Item(DataKind.Segment, "s", 1));
        var before = await RawAsync(_prefix);
        await using var reader = store.CreateReader(Context);
        await using var writer = store.CreateWriter(Context);
        Assert.NotNull(await reader.GetAsync(DataKind.Flag, "f", Token).AsTask().WaitAsync(Limit, Token));
        Assert.Single(await reader.AllAsync(DataKind.Segment, Token).AsTask().WaitAsync(Limit, Token));
        Assert.True(await reader.InitializedAsync(Token).AsTask().WaitAsync(Limit, Token));
        Assert.True(await writer.InitializedAsync(Token).AsTask().WaitAsync(Limit, Token));

        // Twice: the first may have been tried in another way as well.
        for (var i = 0; i < 2; i++)
        {
            await AssertDeniedAsync(() => writer.UpsertAsync(Item(DataKind.Flag, "f", 2), Token).AsTask());
            await AssertDeniedAsync(() => writer.InitAsync([Item(DataKind.Flag, "g", 1)], Token).AsTask());
        }

        Assert.Equal(before, await RawAsync(_prefix));
        Assert.True(await owner.UpsertAsync(Item(DataKind.Flag, "f", 2)));
    }

    private static async Task AssertDeniedAsync(Func<Task> write)
    {
        var error = await Record.ExceptionAsync(() => write().WaitAsync(Limit, Token));
        Assert.True(error is InvalidOperationException, $"{error}");
        Assert.Matches("NOPERM|permission|can't run this command|denied|read-only", error.Message);
        Assert.InRange(error.Message.Length, 10, 300);
    }
}
