using Halyard.DataInterfaces;
using Halyard.Http;
using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems.Sources.Fdv2;

/// <summary>The address of FDv2's requests, which carry the state held as <c>basis</c>. Not thread-safe.</summary>
internal sealed class BasisAddress(Uri baseUri, string path, string? payloadFilter, ILogger logger)
{
    private readonly string? _filter = ServiceUri.FilterQuery(payloadFilter, logger);
    private Uri? _address;

    /// <summary>More does not fit into an address; services take less still, and say so.</summary>
    private const int LongestState = 32 * 1024;

    /// <summary>The state held; empty when the data is of no known state.</summary>
    public Selector Selector
    {
        get;
        set
        {
            // A state that cannot be sent is as good as none: all data is asked for.
            var usable = Uri.EscapeDataString(value.State ?? "").Length <= LongestState ? value : Selector.Empty;
            if (usable != field)
            {
                field = usable;
                _address = null;
            }
        }
    }

    /// <summary>
    /// Forgets a state that the service does not take back (414, 431, or 400, which may mean it): the next request asks for
    /// everything, soon.
    /// </summary>
    public SourceFailure? Judge(SourceFailure? failure)
    {
        if (Selector.IsEmpty || failure?.StatusCode is not (400 or 414 or 431))
        {
            return failure;
        }

        Selector = Selector.Empty;
        return failure with { Regime = RetryRegime.Normal };
    }

    /// <summary>The address for the state held.</summary>
    public Uri Current => _address ??= ServiceUri.Append(
        baseUri,
        path,
        Selector.IsEmpty ? _filter
        : (_filter is null ? "" : _filter + "&") + "basis=" + Uri.EscapeDataString(Selector.State));
}
