using StackExchange.Redis;

namespace Halyard;

/// <summary>Turns a store's options into a connection's, or into one clear error that holds no password.</summary>
internal static class RedisConfiguration
{
    public static void Validate(RedisStoreOptions options)
    {
        var given = (options.Configuration is null ? 0 : 1) + (options.ConfigurationOptions is null ? 0 : 1)
            + (options.Multiplexer is null ? 0 : 1);
        if (given > 1)
        {
            throw new ArgumentException("Set only one of the Redis store's Configuration, ConfigurationOptions and Multiplexer.");
        }

        Positive(options.ConnectTimeout, nameof(options.ConnectTimeout));
        Positive(options.OperationTimeout, nameof(options.OperationTimeout));
        Positive(options.BulkTimeout, nameof(options.BulkTimeout));
        if (options.Database is < 0)
        {
            throw new ArgumentException($"The Redis store's Database is {options.Database}; it must not be negative.");
        }
    }

    /// <summary>The settings of a connection that this store makes itself.</summary>
    public static ConfigurationOptions Build(RedisStoreOptions options)
    {
        var configuration = options.ConfigurationOptions?.Clone() ?? Parse(options.Configuration ?? "localhost:6379");
        if (configuration.EndPoints.Count == 0)
        {
            throw new ArgumentException("The Redis store's configuration names no server.");
        }

        // A server that is away must neither fail the start nor end the attempts to reach it.
        configuration.AbortOnConnectFail = false;
        configuration.ConnectTimeout = Milliseconds(options.ConnectTimeout);
        configuration.AsyncTimeout = Math.Max(Milliseconds(options.OperationTimeout), Milliseconds(options.BulkTimeout));
        configuration.SyncTimeout = configuration.AsyncTimeout;

        // Waiting in a queue for a server that is away would only turn its reason, such as a refused password, into a
        // time-out. The caller has last known data to answer with meanwhile.
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        configuration.ClientName ??= "halyard";
        return configuration;
    }

    private static ConfigurationOptions Parse(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw new ArgumentException("The Redis store's Configuration is empty.");
        }

        text = text.Trim();
        if (text.StartsWith("redis://", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("rediss://", StringComparison.OrdinalIgnoreCase))
        {
            return ParseUri(text);
        }

        RefuseBrokenPassword(text);
        RefuseOtherAddress(text);
        try
        {
            return ConfigurationOptions.Parse(text);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            // Neither the message nor its cause: they quote the part at fault, and that may be the rest of a password with a comma.
            throw new ArgumentException("The Redis store's Configuration is not a valid connection string; expected host[:port][,host[:port]][,name=value].");
        }
    }

    // What follows a comma in a password reads like another server, and servers stand in logs and errors.
    private static void RefuseBrokenPassword(string text)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        for (var i = 1; i < parts.Length; i++)
        {
            if (!parts[i].Contains('=', StringComparison.Ordinal)
                && parts[i - 1].StartsWith("password", StringComparison.OrdinalIgnoreCase) && parts[i - 1].Contains('=', StringComparison.Ordinal))
            {
                throw new ArgumentException(
                    "The Redis store's Configuration goes on without a name behind its password: servers stand first, and a password with a comma needs a redis:// address or ConfigurationOptions.");
            }
        }
    }

    // An address that is misspelled, or of another scheme, reads like a server's name, and what it says of a password with it.
    private static void RefuseOtherAddress(string text)
    {
        foreach (var part in text.Split(','))
        {
            if (!part.Contains('=', StringComparison.Ordinal) && part.AsSpan().ContainsAny('@', '/') && !part.AsSpan().TrimStart().StartsWith('!'))
            {
                throw new ArgumentException(
                    "The Redis store's Configuration has a server that is none, with an @ or a slash; an address begins with redis:// or rediss:// and stands alone.");
            }
        }
    }

    // An @ behind the server means that a password holds what ends a server's name: the server read is the password's beginning.
    private static void RefuseUnescapedPassword(string address)
    {
        var rest = address.AsSpan(address.IndexOf("://", StringComparison.Ordinal) + 3);
        var end = rest.IndexOfAny(@"/?#\");
        if (end >= 0 && rest[end..].Contains('@'))
        {
            throw new ArgumentException(
                "The Redis store's Configuration has an @ behind its server; in a user's name or a password write / as %2F, ? as %3F, # as %23, @ as %40 and \\ as %5C.");
        }
    }

    private static ConfigurationOptions ParseUri(string text)
    {
        RefuseUnescapedPassword(text);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            throw new ArgumentException("The Redis store's Configuration is not a valid address; expected redis://[user:password@]host[:port][/database].");
        }

        var configuration = new ConfigurationOptions
        {
            Ssl = uri.Scheme.Equals("rediss", StringComparison.OrdinalIgnoreCase),
        };
        configuration.EndPoints.Add(uri.DnsSafeHost, uri.Port > 0 ? uri.Port : 6379);
        if (uri.UserInfo.Length > 0)
        {
            var colon = uri.UserInfo.IndexOf(':', StringComparison.Ordinal);
            var user = colon < 0 ? uri.UserInfo : uri.UserInfo[..colon];
            configuration.User = user.Length == 0 ? null : Uri.UnescapeDataString(user);
            configuration.Password = colon < 0 ? null : Uri.UnescapeDataString(uri.UserInfo[(colon + 1)..]);
        }

        var database = uri.AbsolutePath.Trim('/');
        if (database.Length > 0)
        {
            if (!int.TryParse(database, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number))
            {
                throw new ArgumentException("The Redis store's Configuration has a path that is not the number of a database.");
            }

            configuration.DefaultDatabase = number;
        }

        return configuration;
    }

    private static void Positive(TimeSpan value, string name)
    {
        if (value <= TimeSpan.Zero || value.TotalMilliseconds > int.MaxValue)
        {
            throw new ArgumentException($"The Redis store's {name} is {value}; it must be more than zero and less than 25 days.");
        }
    }

    private static int Milliseconds(TimeSpan value) => Math.Max(1, (int)value.TotalMilliseconds);
}
