using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.Tests.Sqlite;

/// <summary>A folder of its own for the database of each test.</summary>
public abstract class SqliteTest : IDisposable
{
    protected static PersistentStoreContext Context { get; } = new(NullLoggerFactory.Instance, TimeProvider.System);

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected string Folder { get; } = Directory.CreateTempSubdirectory("halyard-sqlite-").FullName;

    protected string FilePath => Path.Combine(Folder, "flags.db");

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Does to the file what no store does.</summary>
    protected async Task ExecuteAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False");
        await connection.OpenAsync(Token);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Token);
    }
}
