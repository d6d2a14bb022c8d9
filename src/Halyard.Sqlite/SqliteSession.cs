using System.Globalization;
using Halyard.Model;
using Microsoft.Data.Sqlite;

namespace Halyard;

/// <summary>
/// One connection with its prepared statements. For one thread. The file is recognised by its application id, so that
/// another program's file is neither read nor written.
/// </summary>
internal sealed partial class SqliteSession : IDisposable
{
    /// <summary>"HLYD".</summary>
    private const int ApplicationId = 0x484C5944;

    private const int SchemaVersion = 1;

    private const string Inited = "inited";

    private readonly SqliteSettings _settings;
    private readonly SqliteConnection _connection;
    private readonly DateTime _created;
    private readonly SqliteCopy? _copy;
    private readonly Guid _id = Guid.NewGuid();
    private SqliteCommand? _get;
    private SqliteCommand? _all;
    private SqliteCommand? _initialized;
    private SqliteCommand? _upsert;
    private SqliteCommand? _state;

    private SqliteSession(SqliteSettings settings, bool writes, SqliteCopy? copy)
    {
        _settings = settings;
        _copy = copy;
        _created = File.GetCreationTimeUtc(settings.Path);
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = copy?.Path ?? settings.Path,

            // Readers too: in WAL mode they take part in the shared index. On a file they may not write, SQLite falls back by itself.
            Mode = writes ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite,
            Pooling = false,
            DefaultTimeout = (int)Math.Ceiling(settings.BusyTimeout.TotalSeconds),
        }.ToString());
        try
        {
            _connection.Open();
            Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA busy_timeout={(int)settings.BusyTimeout.TotalMilliseconds}"));
            HasSchema = CheckSchema();
            if (writes)
            {
                PrepareForWriting();
                _created = File.GetCreationTimeUtc(settings.Path);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Whether the tables exist; false in an empty file that its first writer has not filled yet.</summary>
    public bool HasSchema { get; private set; }

    public static SqliteSession Open(SqliteSettings settings, bool writes)
    {
        if (Directory.Exists(settings.Path))
        {
            throw new IOException($"The SQLite file '{settings.Path}' is a folder.");
        }

        SqliteFileRights.RequireFile(settings.Path);

        if (writes)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(settings.Path)!);
            SqliteFileRights.Create(settings.Path);
            return new(settings, writes, copy: null);
        }

        if (!File.Exists(settings.Path))
        {
            throw new FileNotFoundException($"The SQLite file '{settings.Path}' does not exist; has anything written it yet?");
        }

        try
        {
            return new(settings, writes, copy: null);
        }
        catch (SqliteException e) when (SqliteFileRights.CannotShare(e, settings.Path))
        {
            return new(settings, writes, SqliteCopy.Make(settings.Path));
        }
    }

    /// <summary>Whether the path still leads to the file that is open: otherwise a file that was replaced would be read for ever, because it stays open.</summary>
    public bool IsCurrent => HasSchema && _copy is not { IsCurrent: false } && File.Exists(_settings.Path) && File.GetCreationTimeUtc(_settings.Path) == _created;

    public SerializedItemDescriptor? Get(DataKind kind, string key)
    {
        if (!HasSchema)
        {
            return null;
        }

        var command = _get ??= Prepare("SELECT version, deleted, json FROM items WHERE prefix=$prefix AND kind=$kind AND key=$key", "$kind", "$key");
        command.Parameters["$kind"].Value = (int)kind;
        command.Parameters["$key"].Value = key;
        using var row = command.ExecuteReader();
        return row.Read() ? ReadItem(row, 0) : null;
    }

    public Dictionary<string, SerializedItemDescriptor> All(DataKind kind)
    {
        var items = new Dictionary<string, SerializedItemDescriptor>(StringComparer.Ordinal);
        if (!HasSchema)
        {
            return items;
        }

        var command = _all ??= Prepare("SELECT key, version, deleted, json FROM items WHERE prefix=$prefix AND kind=$kind", "$kind");
        command.Parameters["$kind"].Value = (int)kind;
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            items[row.GetString(0)] = ReadItem(row, 1);
        }

        return items;
    }

    public bool Initialized()
    {
        if (!HasSchema)
        {
            return false;
        }

        var command = _initialized ??= Prepare("SELECT 1 FROM meta WHERE prefix=$prefix AND name='" + Inited + "'");
        return command.ExecuteScalar() is not null;
    }

    /// <summary>
    /// Differs from the one before when another connection has written to the file, or when this is another session.
    /// May differ for less: a checkpoint counts as a write.
    /// </summary>
    public (Guid Session, long DataVersion) State()
    {
        _state ??= Prepare("PRAGMA data_version");
        return (_id, Convert.ToInt64(_state.ExecuteScalar(), CultureInfo.InvariantCulture));
    }

    public bool Upsert(in SerializedItem item)
    {
        var command = _upsert ??= PrepareUpsert("WHERE excluded.version > items.version");
        Fill(command, item);
        return command.ExecuteNonQuery() > 0;
    }

    /// <summary>Replaces everything of the prefix, in one transaction.</summary>
    public void Init(IReadOnlyList<SerializedItem> items)
    {
        // Not deferred: taking the write lock later could fail after half the work.
        using var transaction = _connection.BeginTransaction(deferred: false);
        using (var clear = _connection.CreateCommand())
        {
            clear.CommandText = "DELETE FROM items WHERE prefix=$prefix";
            clear.Parameters.AddWithValue("$prefix", _settings.Prefix);
            clear.ExecuteNonQuery();
        }

        using (var insert = PrepareUpsert(""))
        {
            foreach (var item in items)
            {
                Fill(insert, item);
                insert.ExecuteNonQuery();
            }
        }

        using (var mark = _connection.CreateCommand())
        {
            mark.CommandText = "INSERT INTO meta(prefix, name, value) VALUES($prefix, '" + Inited + "', '') ON CONFLICT DO NOTHING";
            mark.Parameters.AddWithValue("$prefix", _settings.Prefix);
            mark.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    public void Dispose()
    {
        _get?.Dispose();
        _all?.Dispose();
        _initialized?.Dispose();
        _upsert?.Dispose();
        _state?.Dispose();
        _connection.Dispose();
        _copy?.Dispose();
    }

    private static SerializedItemDescriptor ReadItem(SqliteDataReader row, int at) =>
        new(row.GetInt64(at), row.GetInt64(at + 1) != 0, row.GetFieldValue<byte[]>(at + 2));

    private bool CheckSchema()
    {
        // In this order: the first writer sets the mark together with the tables, so who sees them sees it too.
        var isEmpty = Scalar("SELECT count(*) FROM sqlite_master") == 0;
        var id = Scalar("PRAGMA application_id");
        if (id == ApplicationId)
        {
            var version = Scalar("PRAGMA user_version");
            return version == SchemaVersion ? true : throw new InvalidDataException(
                $"The SQLite file '{_settings.Path}' has schema version {version}; this Halyard knows version {SchemaVersion}.");
        }

        return id == 0 && isEmpty ? false : throw new InvalidDataException(
            $"The SQLite file '{_settings.Path}' belongs to another program; give Halyard a file of its own.");
    }

    private void PrepareForWriting()
    {
        Execute("PRAGMA journal_mode=WAL");

        // In WAL mode this loses no consistency, at most the last writes of a machine that loses power; they are written again.
        Execute("PRAGMA synchronous=NORMAL");
        if (HasSchema)
        {
            return;
        }

        using var transaction = _connection.BeginTransaction(deferred: false);
        if (!CheckSchema())
        {
            Execute(string.Create(CultureInfo.InvariantCulture, $"""
                CREATE TABLE items(
                    prefix TEXT NOT NULL, kind INTEGER NOT NULL, key TEXT NOT NULL,
                    version INTEGER NOT NULL, deleted INTEGER NOT NULL, json BLOB NOT NULL,
                    PRIMARY KEY(prefix, kind, key)) STRICT;
                CREATE TABLE meta(prefix TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY(prefix, name)) STRICT;
                PRAGMA application_id={ApplicationId};
                PRAGMA user_version={SchemaVersion};
                """));
        }

        transaction.Commit();
        HasSchema = true;
    }

    private SqliteCommand PrepareUpsert(string guard) => Prepare(
        "INSERT INTO items(prefix, kind, key, version, deleted, json) VALUES($prefix, $kind, $key, $version, $deleted, $json) " +
        "ON CONFLICT(prefix, kind, key) DO UPDATE SET version=excluded.version, deleted=excluded.deleted, json=excluded.json " + guard,
        "$kind", "$key", "$version", "$deleted", "$json");

    private static void Fill(SqliteCommand command, in SerializedItem item)
    {
        command.Parameters["$kind"].Value = (int)item.Kind;
        command.Parameters["$key"].Value = item.Key;
        command.Parameters["$version"].Value = item.Item.Version;
        command.Parameters["$deleted"].Value = item.Item.Deleted ? 1 : 0;
        command.Parameters["$json"].Value = item.Item.SerializedItem.ToArray();
    }

    private SqliteCommand Prepare(string sql, params ReadOnlySpan<string> parameters)
    {
        var command = _connection.CreateCommand();
#pragma warning disable CA2100 // Constant text; values go in as parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Parameters.AddWithValue("$prefix", _settings.Prefix);
        foreach (var name in parameters)
        {
            command.Parameters.Add(new SqliteParameter(name, null));
        }

        return command;
    }

    private void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // Constant text.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private long Scalar(string sql)
    {
        using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // Constant text.
        command.CommandText = sql;
#pragma warning restore CA2100
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}
