using System.Text;

namespace Halyard;

/// <summary>
/// Flag data in a PostgreSQL table, a row for each item, with the version beside its JSON. A complete data set is
/// written in one transaction, a single item by one guarded statement; both notify the channel of the prefix
/// (<see cref="Channel"/>) when they are committed.
/// </summary>
public sealed class PostgresStore : IPersistentStore, IBigSegmentStoreFactory
{
    // Identifiers have at most 63 bytes; the second table's name is longer than the first's.
    private const int MaxTableBytes = 50;

    private readonly PostgresStoreOptions _options;

    /// <summary>Describes a store; opens nothing.</summary>
    public PostgresStore(PostgresStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
    }

    /// <summary>Describes a store; opens nothing.</summary>
    /// <param name="connectionString">See <see cref="PostgresStoreOptions.ConnectionString"/>.</param>
    /// <param name="prefix">See <see cref="PostgresStoreOptions.Prefix"/>.</param>
    public PostgresStore(string connectionString, string? prefix = null)
        : this(new PostgresStoreOptions { ConnectionString = connectionString, Prefix = prefix })
    {
    }

    /// <summary>
    /// The statements that make the store's tables, for those who do not let a writer make them. They change nothing
    /// where the tables exist.
    /// </summary>
    /// <exception cref="ArgumentException">The name of the table or schema cannot be one; the message says why.</exception>
    public string CreateTableSql => PostgresSql.CreateTables(Names());

    /// <summary>
    /// The channel that writers notify, for <c>LISTEN</c>. The payload is <c>features KEY</c> or <c>segments KEY</c>
    /// for an item, the kind alone for one with a very long key, and empty for a complete data set.
    /// </summary>
    /// <exception cref="ArgumentException">The name of the table or schema cannot be one; the message says why.</exception>
    public string Channel => PostgresSql.ChannelOf(Names().Items, _options.Prefix ?? "");

    /// <inheritdoc/>
    public ISerializedDataReader CreateReader(PersistentStoreContext context) => new PostgresDataReader(Open(context));

    /// <inheritdoc/>
    public ISerializedDataWriter CreateWriter(PersistentStoreContext context) => new PostgresDataWriter(Open(context));

    /// <summary>Opens the tables for reading big segments; for <see cref="BigSegmentsOptions"/>. Does not wait for the server.</summary>
    /// <exception cref="ArgumentException">A setting is missing or wrong; the message says which.</exception>
    public IBigSegmentStore OpenBigSegments(PersistentStoreContext context) => new PostgresBigSegmentStore(Open(context));

    /// <summary>
    /// Opens the tables for writing big segments. They are kept beside the flag data, each prefix its own, and are not
    /// touched when that is replaced. The changes of one call become visible at once.
    /// </summary>
    /// <exception cref="ArgumentException">A setting is missing or wrong; the message says which.</exception>
    public IBigSegmentWriter OpenBigSegmentWriter(PersistentStoreContext context) => new PostgresBigSegmentWriter(Open(context));

    private PostgresTables Open(PersistentStoreContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var names = Names();
        Positive(_options.OperationTimeout, nameof(_options.OperationTimeout));
        Positive(_options.BulkTimeout, nameof(_options.BulkTimeout));
        if (_options.Prefix?.Contains('\0', StringComparison.Ordinal) == true)
        {
            throw new ArgumentException("The PostgreSQL store's Prefix holds a zero character, which PostgreSQL does not store.");
        }

        if (_options.ConnectionString is null == _options.DataSource is null)
        {
            throw new ArgumentException("Set exactly one of the PostgreSQL store's ConnectionString and DataSource.");
        }

        return new(_options, new PostgresSql(names, _options.Prefix ?? ""), context);
    }

    private PostgresNames Names()
    {
        if (_options.Schema is { } schema)
        {
            Identifier(schema, nameof(_options.Schema), 63);
        }

        Identifier(_options.Table, nameof(_options.Table), MaxTableBytes);
        return new(_options.Schema, _options.Table);
    }

    private static void Identifier(string name, string option, int limit)
    {
        if (string.IsNullOrEmpty(name) || name.Contains('\0', StringComparison.Ordinal) || Encoding.UTF8.GetByteCount(name) > limit)
        {
            throw new ArgumentException($"The PostgreSQL store's {option} is \"{name}\"; it must be a name of 1 to {limit} bytes.");
        }
    }

    private static void Positive(TimeSpan value, string name)
    {
        if (value <= TimeSpan.Zero || value.TotalMilliseconds > int.MaxValue)
        {
            throw new ArgumentException($"The PostgreSQL store's {name} is {value}; it must be more than zero and less than 25 days.");
        }
    }
}
