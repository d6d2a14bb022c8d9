using StackExchange.Redis;

namespace Halyard;

/// <summary>What a server's refusal of a command means, by the words it begins with.</summary>
internal static class RedisRefusal
{
    /// <summary>The error of the server; null when it is another failure.</summary>
    public static RedisServerException? Of(Exception e) => e as RedisServerException ?? e.InnerException as RedisServerException;

    public static bool IsWrongType(string message) => message.Contains("WRONGTYPE", StringComparison.Ordinal);

    /// <summary>Whether the server is a replica. A script's error has other words around these.</summary>
    public static bool IsReadOnly(string message) => message.Contains("READONLY", StringComparison.Ordinal);

    /// <summary>Whether the user may not, or the memory cannot: what the user can do something about.</summary>
    public static bool IsForUsers(string message) => message.Contains("NOPERM", StringComparison.Ordinal)
        || message.Contains("can't run this command", StringComparison.Ordinal)
        || message.Contains("can't access at least one of the keys", StringComparison.Ordinal)
        || message.Contains("OOM ", StringComparison.Ordinal)
        || message.Contains("MISCONF", StringComparison.Ordinal);

    /// <summary>Whether a transaction was discarded, for a reason that this answer does not name.</summary>
    public static bool IsDiscarded(string message) => message.Contains("EXECABORT", StringComparison.Ordinal);

    /// <summary>
    /// Whether a transaction was refused for what it is or holds, so that its commands may be taken one by one: a sharded
    /// server that poses as a single one, a proxy without transactions, or a command in it that is refused.
    /// </summary>
    /// <param name="e">The failure, as <see cref="RedisConnection.BoundAsync{T}(Task{T}, RedisKey, RedisDeadline, CancellationToken)"/> throws it.</param>
    public static bool IsOfTransaction(Exception e)
    {
        if (Of(e) is not { } refused)
        {
            return e is RedisCommandException;
        }

        // The words for users hold the real reason, the error inside what the server said at last.
        var messages = e.Message + refused.Message;
        return !IsReadOnly(messages)
            && (messages.Contains("CROSSSLOT", StringComparison.Ordinal)
                || IsDiscarded(messages)
                || IsForUsers(messages)
                || messages.Contains("unknown command", StringComparison.OrdinalIgnoreCase)
                || messages.Contains("unsupported", StringComparison.OrdinalIgnoreCase));
    }
}
