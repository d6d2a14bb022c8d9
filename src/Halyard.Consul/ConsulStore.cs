namespace Halyard;

/// <summary>
/// Flag data in Consul's key/value store, in the layout shared with other LaunchDarkly-compatible SDKs:
/// <c>prefix/features/KEY</c>, <c>prefix/segments/KEY</c>, and the marker <c>prefix/$inited</c>. Consul changes at most
/// 64 keys at once: a larger data set is written in the order of its dependencies, the marker last. It keeps no big
/// segments.
/// </summary>
public sealed class ConsulStore : IPersistentStore
{
    private readonly ConsulStoreOptions _options;

    /// <summary>Describes a store; opens nothing.</summary>
    public ConsulStore(ConsulStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
    }

    /// <summary>Describes a store; opens nothing.</summary>
    /// <param name="address">The agent, as <c>host:port</c> or <c>http(s)://host:port</c>.</param>
    /// <param name="prefix">See <see cref="ConsulStoreOptions.Prefix"/>.</param>
    /// <param name="token">See <see cref="ConsulStoreOptions.Token"/>.</param>
    /// <exception cref="ArgumentException">The address is none.</exception>
    public ConsulStore(string address, string? prefix = null, string? token = null)
        : this(new ConsulStoreOptions { Address = AddressOf(address), Prefix = prefix, Token = token })
    {
    }

    /// <inheritdoc/>
    public ISerializedDataReader CreateReader(PersistentStoreContext context) => new ConsulDataReader(Open(context));

    /// <inheritdoc/>
    public ISerializedDataWriter CreateWriter(PersistentStoreContext context) => new ConsulDataWriter(Open(context));

    private static Uri AddressOf(string address)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(address);
        var text = address.Contains("://", StringComparison.Ordinal) ? address : "http://" + address;
        return Uri.TryCreate(text, UriKind.Absolute, out var uri)
            ? uri
            : throw new ArgumentException("The Consul store's address is not valid; expected host:port or http(s)://host:port.");
    }

    private ConsulKeyValue Open(PersistentStoreContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (_options.Address is not { IsAbsoluteUri: true, Scheme: "http" or "https", Query: "", Fragment: "", UserInfo: "" }
            || _options.Address.OriginalString.Contains('@', StringComparison.Ordinal))
        {
            throw new ArgumentException("The Consul store's Address must be http(s)://host:port, without user, query or fragment.");
        }

        if (!string.IsNullOrEmpty(_options.Prefix) && !ConsulKeyValue.FitsAPath(_options.Prefix))
        {
            throw new ArgumentException(
                $"The Consul store's Prefix is \"{_options.Prefix}\"; it must not begin or end with a slash, nor hold two in a row, a part that is a dot or two, or a control character.");
        }

        if (_options.Token?.AsSpan().ContainsAnyExceptInRange('!', '~') == true)
        {
            throw new ArgumentException("The Consul store's Token holds characters that no token has, such as spaces or line ends.");
        }

        Positive(_options.OperationTimeout, nameof(_options.OperationTimeout));
        Positive(_options.BulkTimeout, nameof(_options.BulkTimeout));
        return new(_options, context);
    }

    private static void Positive(TimeSpan value, string name)
    {
        if (value <= TimeSpan.Zero || value.TotalMilliseconds > int.MaxValue)
        {
            throw new ArgumentException($"The Consul store's {name} is {value}; it must be more than zero and less than 25 days.");
        }
    }
}
