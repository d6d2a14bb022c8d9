using System.Security.Cryptography;
using System.Text;
using Halyard.Model;

namespace Halyard;

/// <summary>The statements of a store, made once. Values go in as parameters; $1 is the prefix.</summary>
internal sealed class PostgresSql
{
    /// <summary>The kind of the row that is the marker.</summary>
    public const string Marker = "$inited";

    /// <summary>The kind of the row that holds when the big segments were last known to be complete, in Unix milliseconds.</summary>
    public const string SynchronizedOn = "big_segments_synchronized_on";

    // One byte less than 8000 is what a server takes.
    private const int MaxPayloadBytes = 7999;

    private readonly string _items;

    public PostgresSql(PostgresNames names, string prefix)
    {
        Names = names;
        Prefix = prefix;
        Channel = ChannelOf(names.Items, prefix);
        CreateTable = CreateTables(names);
        _items = names.QuotedItems;
        var members = names.QuotedBigSegments;
        All = $"SELECT key, version, deleted, item FROM {_items} WHERE prefix = $1 AND kind = $2";
        Initialized = $"SELECT 1 FROM {_items} WHERE prefix = $1 AND kind = '{Marker}'";

        // One statement: the guard, the write and its notification; a stale item notifies nobody and gives no row.
        Upsert = $"""
            WITH written AS (
              INSERT INTO {_items} AS stored (prefix, kind, key, version, deleted, item) VALUES ($1, $2, $3, $4, $5, $6)
              ON CONFLICT (prefix, kind, key) DO UPDATE SET version = excluded.version, deleted = excluded.deleted, item = excluded.item
              WHERE stored.version < excluded.version
              RETURNING 1)
            SELECT pg_notify('{Channel}', $7) FROM written
            """;

        // Holds up other writers, foreign ones too, and no reader, until the set is committed.
        LockForInit = $"LOCK TABLE {_items} IN SHARE ROW EXCLUSIVE MODE";
        Clear = $"DELETE FROM {_items} WHERE prefix = $1 AND kind IN ('features', 'segments')";
        Copy = $"COPY {_items} (prefix, kind, key, version, deleted, item) FROM STDIN (FORMAT BINARY)";
        Mark = $"INSERT INTO {_items} (prefix, kind, key, version, deleted, item) VALUES ($1, '{Marker}', '', 0, false, '') ON CONFLICT DO NOTHING";
        Notify = $"SELECT pg_notify('{Channel}', '')";
        Synchronized = $"SELECT item FROM {_items} WHERE prefix = $1 AND kind = '{SynchronizedOn}'";
        SetSynchronized = $"""
            INSERT INTO {_items} (prefix, kind, key, version, deleted, item) VALUES ($1, '{SynchronizedOn}', '', 0, false, $2)
            ON CONFLICT (prefix, kind, key) DO UPDATE SET item = excluded.item
            """;
        Membership = $"SELECT segment, included FROM {members} WHERE prefix = $1 AND context_hash = $2";
        ListMember = $"""
            INSERT INTO {members} (prefix, context_hash, segment, included) VALUES ($1, $2, $3, $4)
            ON CONFLICT (prefix, context_hash, segment) DO UPDATE SET included = excluded.included
            """;
        DropMember = $"DELETE FROM {members} WHERE prefix = $1 AND context_hash = $2 AND segment = $3";
    }

    public PostgresNames Names { get; }

    public string Prefix { get; }

    public string Channel { get; }

    public string CreateTable { get; }

    public string All { get; }

    public string Initialized { get; }

    public string Upsert { get; }

    public string LockForInit { get; }

    public string Clear { get; }

    public string Copy { get; }

    public string Mark { get; }

    public string Notify { get; }

    public string Synchronized { get; }

    public string SetSynchronized { get; }

    public string Membership { get; }

    public string ListMember { get; }

    public string DropMember { get; }

    /// <summary>
    /// The tables. Text and not jsonb for the items: that would reorder their properties, and readers are to get what
    /// was written. Keys compare by their bytes, whatever the database's collation.
    /// </summary>
    public static string CreateTables(PostgresNames names) => $"""
        CREATE TABLE IF NOT EXISTS {names.QuotedItems} (
          prefix text COLLATE "C" NOT NULL,
          kind text COLLATE "C" NOT NULL,
          key text COLLATE "C" NOT NULL,
          version bigint NOT NULL,
          deleted boolean NOT NULL,
          item text NOT NULL,
          PRIMARY KEY (prefix, kind, key));
        CREATE TABLE IF NOT EXISTS {names.QuotedBigSegments} (
          prefix text COLLATE "C" NOT NULL,
          context_hash text COLLATE "C" NOT NULL,
          segment text COLLATE "C" NOT NULL,
          included boolean NOT NULL,
          PRIMARY KEY (prefix, context_hash, segment));
        """;

    /// <summary>A channel's name has at most 63 bytes, so it holds a hash; hexadecimal, so it needs no quotes.</summary>
    public static string ChannelOf(string table, string prefix) =>
        "halyard_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(table + "\0" + prefix)).AsSpan(0, 16));

    /// <summary>What to notify of an item.</summary>
    public static string PayloadOf(DataKind kind, string key)
    {
        var payload = StoredItem.Namespace(kind) + " " + key;
        return Encoding.UTF8.GetByteCount(payload) <= MaxPayloadBytes ? payload : StoredItem.Namespace(kind);
    }

    /// <summary>Reads as many keys as there are places for; a list and no array, which a lean data source may not know.</summary>
    public string GetMany(int places)
    {
        var text = new StringBuilder($"SELECT key, version, deleted, item FROM {_items} WHERE prefix = $1 AND kind = $2 AND key IN (");
        for (var i = 0; i < places; i++)
        {
            text.Append(i == 0 ? "$" : ", $").Append(i + 3);
        }

        return text.Append(')').ToString();
    }
}
