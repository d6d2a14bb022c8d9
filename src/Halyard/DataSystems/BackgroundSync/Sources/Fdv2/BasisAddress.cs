using Halyard.Http;
using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems.Sources.Fdv2;

/// <summary>The address of FDv2's requests, which carry the state held as <c>basis</c>. Not thread-safe.</summary>
internal sealed class BasisAddress(Uri baseUri, string path, string? payloadFilter, ILogger logger)
{
    private readonly string? _filter = ServiceUri.FilterQuery(payloadFilter, logger);
    private Uri? _address;

    /// <summary>The state held; empty when the data is of no known state.</summary>
    public Selector Selector
    {
        get;
        set
        {
            if (value != field)
            {
                field = value;
                _address = null;
            }
        }
    }

    /// <summary>The address for the state held.</summary>
    public Uri Current => _address ??= ServiceUri.Append(
        baseUri,
        path,
        Selector.IsEmpty ? _filter
        : (_filter is null ? "" : _filter + "&") + "basis=" + Uri.EscapeDataString(Selector.State));
}
