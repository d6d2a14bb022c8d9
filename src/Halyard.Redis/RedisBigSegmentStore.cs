using System.Globalization;
using StackExchange.Redis;

namespace Halyard;

/// <summary>
/// Big segments as the Relay Proxy writes them: the sets <c>prefix:big_segment_include:HASH</c> and
/// <c>prefix:big_segment_exclude:HASH</c>, and the time <c>prefix:big_segments_synchronized_on</c> in Unix milliseconds.
/// </summary>
internal sealed class RedisBigSegmentStore(RedisConnection connection) : IBigSegmentStore
{
    public async ValueTask<BigSegmentStoreMetadata?> GetMetadataAsync(CancellationToken cancellationToken)
    {
        RedisKey key = connection.Prefix + ":big_segments_synchronized_on";
        var deadline = connection.Within(connection.OperationTimeout);
        var database = await connection.DatabaseAsync(deadline, cancellationToken).ConfigureAwait(false);
        var value = await connection.BoundAsync(
            database.StringGetAsync(key, connection.ReadFlags), key, deadline, cancellationToken).ConfigureAwait(false);
        if (value.IsNullOrEmpty)
        {
            return null;
        }

        return long.TryParse(value.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds)
            && BigSegmentTime.TryOf(milliseconds, out var time)
            ? new(time)
            : throw new InvalidDataException($"The Redis key \"{key}\" does not hold a time in Unix milliseconds.");
    }

    public async ValueTask<IBigSegmentMembership?> GetMembershipAsync(string contextHash, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(contextHash);
        RedisKey include = connection.Prefix + ":big_segment_include:" + contextHash;
        RedisKey exclude = connection.Prefix + ":big_segment_exclude:" + contextHash;
        var deadline = connection.Within(connection.OperationTimeout);
        var database = await connection.DatabaseAsync(deadline, cancellationToken).ConfigureAwait(false);

        // Both are sent before either is awaited: one trip.
        var both = Task.WhenAll(
            connection.BoundAsync(database.SetMembersAsync(include, connection.ReadFlags), include, deadline, cancellationToken),
            connection.BoundAsync(database.SetMembersAsync(exclude, connection.ReadFlags), exclude, deadline, cancellationToken));
        var lists = await both.ConfigureAwait(false);
        return BigSegmentMembership.Of(References(lists[0]), References(lists[1]));
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private static IEnumerable<string> References(RedisValue[] members) => members.Select(static member => member.ToString());
}
