namespace Halyard;

/// <summary>
/// Says whose data a snapshot on disk is: that of an SDK key, as these services give it in this protocol, narrowed by this
/// filter. A selector means nothing to another service or under another filter, and the data would be more than was asked
/// for, or less.
/// </summary>
internal static class SnapshotIdentity
{
    public static string Of(ClientOptions options)
    {
        var chain = options.DataSystem as SourceChainOptions;
        var sources = chain is null ? [options.DataSystem] : chain.Initializers.Concat<DataSystemOptions>(chain.Synchronizers);
        var parts = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var source in sources)
        {
            if (Settings(source) is { } settings)
            {
                parts.Add($"{settings.Protocol} {settings.Filter}");
                parts.UnionWith(Addresses(settings.Address, options));
            }
        }

        // The fallback gives the same data in another protocol, unless it is told to ask for other data, or elsewhere.
        if (chain?.Fdv1Fallback is { } last && Settings(last) is { } fallback)
        {
            if (!parts.Contains($"{ProtocolVersion.Fdv1} {fallback.Filter}") && !parts.Contains($"{ProtocolVersion.Fdv2} {fallback.Filter}"))
            {
                parts.Add($"{fallback.Protocol} {fallback.Filter}");
            }

            parts.UnionWith(Addresses(fallback.Address, options));
        }

        // A source that is no service's has no such part: it is told by the key alone.
        return string.Join('\n', [options.SdkKey, .. parts]);
    }

    private static (ProtocolVersion Protocol, Uri? Address, string? Filter)? Settings(DataSystemOptions source) => source switch
    {
        StreamingOptions streaming => (streaming.Protocol, streaming.BaseUri, streaming.PayloadFilter),
        PollingOptions polling => (polling.Protocol, polling.BaseUri, polling.PayloadFilter),
        _ => null,
    };

    // A stream and a poll of one service give the same data, so that the one can go on from the other.
    private static string[] Addresses(Uri? own, ClientOptions options) =>
        [Text(own ?? options.Endpoints.Streaming), Text(own ?? options.Endpoints.Polling)];

    private static string Text(Uri address) => address.GetLeftPart(UriPartial.Path).TrimEnd('/');
}
