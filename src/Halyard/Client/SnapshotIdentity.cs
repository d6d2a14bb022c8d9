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
        var sources = options.DataSystem is SourceChainOptions chain
            ? chain.Initializers.Concat(chain.Synchronizers)
            : (IEnumerable<DataSystemOptions>)[options.DataSystem];
        var parts = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var source in sources)
        {
            (ProtocolVersion? protocol, Uri? address, string? filter) = source switch
            {
                StreamingOptions streaming => ((ProtocolVersion?)streaming.Protocol, streaming.BaseUri, streaming.PayloadFilter),
                PollingOptions polling => (polling.Protocol, polling.BaseUri, polling.PayloadFilter),
                _ => (null, null, null),
            };
            if (protocol is not null)
            {
                parts.Add($"{protocol} {filter}");

                // A stream and a poll of one service give the same data, so that the one can go on from the other.
                parts.Add(Text(address ?? options.Endpoints.Streaming));
                parts.Add(Text(address ?? options.Endpoints.Polling));
            }
        }

        // A source that is no service's has no such part: it is told by the key alone.
        return string.Join('\n', [options.SdkKey, .. parts]);
    }

    private static string Text(Uri address) => address.GetLeftPart(UriPartial.Path).TrimEnd('/');
}
