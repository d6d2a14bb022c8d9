using Halyard.DataInterfaces;
using Halyard.DataModel.Json.Reading;
using Halyard.Http;
using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems.Sources.Polling;

/// <summary>Keeps a destination in step by asking for the whole data set at an interval: <c>/sdk/latest-all</c> of FDv1.</summary>
internal sealed class PollingSynchronizer : PollingSource
{
    internal const string Name = "polling";
    private const string Path = "/sdk/latest-all";

    private readonly Uri _address;

    /// <param name="settings">The settings, validated.</param>
    /// <param name="baseUri">The service's base.</param>
    /// <param name="http">Disposed with the synchronizer.</param>
    /// <param name="status">Where states are reported.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="random">The source of jitter; null takes the shared one.</param>
    public PollingSynchronizer(
        PollingSettings settings, Uri baseUri, ServiceHttpClient http, IDataSourceStatusReporter status, TimeProvider time, ILogger logger,
        Func<double>? random = null)
        : base(Name, settings, http, status, time, logger, random) =>
        _address = ServiceUri.Append(baseUri, Path, ServiceUri.FilterQuery(settings.PayloadFilter, logger));

    protected override Uri NextAddress() => _address;

    protected override SourceFailure? Store(ReadOnlySpan<byte> body, IDataDestination destination)
    {
        var dataSet = ModelReader.ReadDataSet(body);
        try
        {
            destination.Init(dataSet);
        }
        catch (Exception e)
        {
            throw new StoreWriteException(e);
        }

        return null;
    }
}
