using System.Globalization;

namespace Halyard;

// Big segments: a row for each context and segment. The table is made by its first writer, so that a file without big
// segments stays as it was.
internal sealed partial class SqliteSession
{
    private const string SynchronizedOn = "big_segments_synchronized_on";

    private bool _hasBigSegments;

    public BigSegmentStoreMetadata? BigSegmentsMetadata()
    {
        if (!HasSchema)
        {
            return null;
        }

        using var command = Prepare("SELECT value FROM meta WHERE prefix=$prefix AND name='" + SynchronizedOn + "'");
        if (command.ExecuteScalar() is not string text)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds)
            && BigSegmentTime.TryOf(milliseconds, out var time)
            ? new(time)
            : throw new InvalidDataException($"The SQLite file '{_settings.Path}' holds no time in Unix milliseconds as {SynchronizedOn}.");
    }

    public IBigSegmentMembership? BigSegmentsOf(string contextHash)
    {
        if (!HasSchema || !HasBigSegments())
        {
            return null;
        }

        using var command = Prepare("SELECT segment, included FROM big_segment_members WHERE prefix=$prefix AND context_hash=$hash", "$hash");
        command.Parameters["$hash"].Value = contextHash;
        List<string> included = [], excluded = [];
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            (row.GetInt64(1) != 0 ? included : excluded).Add(row.GetString(0));
        }

        return BigSegmentMembership.Of(included, excluded);
    }

    public void ApplyBigSegments(IReadOnlyList<BigSegmentChange> changes)
    {
        using var transaction = _connection.BeginTransaction(deferred: false);
        if (!HasBigSegments())
        {
            Execute("""
                CREATE TABLE IF NOT EXISTS big_segment_members(
                    prefix TEXT NOT NULL, context_hash TEXT NOT NULL, segment TEXT NOT NULL, included INTEGER NOT NULL,
                    PRIMARY KEY(prefix, context_hash, segment)) STRICT, WITHOUT ROWID
                """);
        }

        using var list = Prepare(
            "INSERT INTO big_segment_members(prefix, context_hash, segment, included) VALUES($prefix, $hash, $segment, $included) " +
            "ON CONFLICT DO UPDATE SET included=excluded.included",
            "$hash", "$segment", "$included");
        using var drop = Prepare(
            "DELETE FROM big_segment_members WHERE prefix=$prefix AND context_hash=$hash AND segment=$segment", "$hash", "$segment");
        foreach (var change in changes)
        {
            var command = change.IsMember is null ? drop : list;
            command.Parameters["$hash"].Value = change.ContextHash;
            command.Parameters["$segment"].Value = change.SegmentReference;
            if (change.IsMember is { } isMember)
            {
                command.Parameters["$included"].Value = isMember ? 1 : 0;
            }

            command.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    public void SetBigSegmentsSynchronizedOn(DateTimeOffset time)
    {
        using var command = Prepare(
            "INSERT INTO meta(prefix, name, value) VALUES($prefix, '" + SynchronizedOn + "', $value) ON CONFLICT DO UPDATE SET value=excluded.value",
            "$value");
        command.Parameters["$value"].Value = time.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        command.ExecuteNonQuery();
    }

    private bool HasBigSegments() =>
        _hasBigSegments || (_hasBigSegments = Scalar("SELECT count(*) FROM sqlite_master WHERE type='table' AND name='big_segment_members'") != 0);
}
