using Npgsql;

namespace Halyard;

/// <summary>
/// How a <see cref="PostgresStore"/> reaches its tables. Exactly one of <see cref="ConnectionString"/> and
/// <see cref="DataSource"/> is set. Read once, when a reader or writer is opened.
/// </summary>
public sealed class PostgresStoreOptions
{
    /// <summary>The table of the items when <see cref="Table"/> is not set.</summary>
    public const string DefaultTable = "halyard";

    /// <summary>
    /// An Npgsql connection string, such as <c>Host=db;Database=flags;Username=app;Password=...</c>. Each reader and
    /// writer keeps a pool of its own for it.
    /// </summary>
    public string? ConnectionString { get; set; }

    /// <summary>An existing data source to share, such as the one of dependency injection; never disposed by Halyard.</summary>
    public NpgsqlDataSource? DataSource { get; set; }

    /// <summary>
    /// The connection string by which readers listen to changes, where it must differ from the other one: a pooler such as
    /// PgBouncer in transaction mode passes no notifications on, so that they need a direct connection. Default: null, as
    /// for everything else.
    /// </summary>
    public string? ListenConnectionString { get; set; }

    /// <summary>What keeps several environments apart in one table. Empty or null: nothing.</summary>
    public string? Prefix { get; set; }

    /// <summary>The schema of the tables, which must exist; null takes the first of the user's <c>search_path</c>.</summary>
    public string? Schema { get; set; }

    /// <summary>
    /// The table of the items. The members of big segments are in a second one, of the same name with
    /// <c>_big_segments</c> behind it. At most 50 bytes. Default: <see cref="DefaultTable"/>.
    /// </summary>
    public string Table { get; set; } = DefaultTable;

    /// <summary>
    /// Whether a writer that misses the tables makes them (<see cref="PostgresStore.CreateTableSql"/>), which its user
    /// must be allowed to do. Readers never make any. Default: true.
    /// </summary>
    public bool CreateTable { get; set; } = true;

    /// <summary>The time limit of an operation on single items and of looking for the marker, connecting included. Default: 3 seconds.</summary>
    public TimeSpan OperationTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>The time limit of reading a whole kind and of writing a complete data set, connecting included. Default: 30 seconds.</summary>
    public TimeSpan BulkTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
