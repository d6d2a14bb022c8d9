using Halyard.DataInterfaces;
using Halyard.Http;
using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems.Sources.Streaming;

/// <summary>Keeps a destination in step with FDv1's stream, <c>/all</c>.</summary>
internal sealed class StreamingSynchronizer : EventStreamSource
{
    internal const string Name = "streaming";
    private const string Path = "/all";

    private readonly Uri _address;
    private readonly IStreamEventReader _events;

    /// <param name="settings">The settings, validated.</param>
    /// <param name="baseUri">The service's base.</param>
    /// <param name="http">Disposed with the synchronizer.</param>
    /// <param name="status">Where states are reported.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="random">The source of jitter; null takes the shared one.</param>
    /// <param name="events">What reads the events; null reads a large <c>put</c> while it arrives.</param>
    public StreamingSynchronizer(
        StreamingSettings settings, Uri baseUri, ServiceHttpClient http, IDataSourceStatusReporter status, TimeProvider time, ILogger logger,
        Func<double>? random = null, IStreamEventReader? events = null)
        : base(Name, settings, http, status, time, logger, random)
    {
        _events = events ?? new WindowedEventReader(mostBytes: settings.MaxEventBytes);
        _address = ServiceUri.Append(baseUri, Path, ServiceUri.FilterQuery(settings.PayloadFilter, logger));
    }

    protected override IPartialReader? Parts => _events;

    protected override Uri NextAddress() => _address;

    protected override SourceFailure? Accept(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, IDataDestination destination)
    {
        var what = _events.Read(name, data);
        if (!what.IsIgnored)
        {
            Write(what, destination);
            Delivered();
        }

        return null;
    }

    protected override SourceFailure? Ended(SourceFailure? failure)
    {
        _events.Forget();
        return base.Ended(failure);
    }

    private static void Write(StreamEvent change, IDataDestination destination)
    {
        try
        {
            if (change.DataSet is { } dataSet)
            {
                destination.Init(dataSet);
            }
            else if (change.Item is { } item)
            {
                destination.Upsert(item.Kind, item.Key, item);
            }
        }
        catch (Exception e)
        {
            throw new StoreWriteException(e);
        }
    }
}
