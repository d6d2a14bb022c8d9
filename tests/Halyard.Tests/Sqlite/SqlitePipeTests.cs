using Halyard.Model;
using Halyard.Tests.Support;

namespace Halyard.Tests.Sqlite;

/// <summary>A named pipe in the place of the database, or of a file beside it, is an error and no wait.</summary>
public sealed class SqlitePipeTests : SqliteTest
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("")]
    [InlineData("-wal")]
    [InlineData("-shm")]
    [InlineData("-journal")]
    public async Task A_read_and_a_write_fail_and_say_why(string ending)
    {
        if (ending.Length > 0)
        {
            await using var first = new SqliteStore(FilePath).CreateWriter(Context);
            await first.InitAsync([], Token);
        }

        File.Delete(FilePath + ending);
        NamedPipes.Make(FilePath + ending);
        await using var reader = new SqliteStore(FilePath).CreateReader(Context);
        await using var writer = new SqliteStore(FilePath).CreateWriter(Context);
        var read = await Assert.ThrowsAnyAsync<Exception>(() => reader.GetAsync(DataKind.Flag, "f", Token).AsTask().WaitAsync(Limit, Token));
        var write = await Assert.ThrowsAnyAsync<Exception>(() => writer.InitAsync([], Token).AsTask().WaitAsync(Limit, Token));
        Assert.Contains("named pipe", read.Message, StringComparison.Ordinal);
        Assert.Contains("named pipe", write.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_copy_is_not_made_of_one()
    {
        NamedPipes.Make(FilePath);
        var error = await Assert.ThrowsAsync<IOException>(() => Task.Run(() => SqliteCopy.Make(FilePath), Token).WaitAsync(Limit, Token));
        Assert.Contains("named pipe", error.Message, StringComparison.Ordinal);
    }
}
