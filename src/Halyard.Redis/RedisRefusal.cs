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

    /// <summary>
    /// Whether a transaction was refused for what it is or holds, so that its commands may be taken one by one: a sharded
    /// server that poses as a single one, a proxy without transactions, or a command in it that is refused.
    /// </summary>
    public static bool IsOfTransaction(Exception e) => Of(e)?.Message is { } message
        ? !IsReadOnly(message)
            && (message.Contains("CROSSSLOT", StringComparison.Ordinal)
                || message.Contains("EXECABORT", StringComparison.Ordinal)
                || IsForUsers(message)
                || message.Contains("unknown command", StringComparison.OrdinalIgnoreCase)
                || message.Contains("unsupported", StringComparison.OrdinalIgnoreCase))
        : e is RedisCommandException;

    /// <summary>
    /// The reason why a transaction was not executed: that it was discarded says nothing; the command in it that was
    /// refused says why.
    /// </summary>
    public static Exception Reason(Exception discarded, IEnumerable<Task> parts)
    {
        foreach (var part in parts)
        {
            if (part.Exception?.InnerException is { } reason && Of(reason)?.Message is { } message
                && !message.Contains("EXECABORT", StringComparison.Ordinal))
            {
                return reason;
            }
        }

        return discarded;
    }
}
