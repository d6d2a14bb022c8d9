using System.Diagnostics.Metrics;

namespace Halyard.Cli;

/// <summary>Counts the process's reads that a Lazy Load cache answered alone, from the meter as any listener would.</summary>
internal sealed class CacheHits : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _count;

    public CacheHits()
    {
        _listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref _count, value));
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument is { Meter.Name: "Halyard", Name: "halyard.cache.hits" })
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.Start();
    }

    public long Count => Interlocked.Read(ref _count);

    public void Dispose() => _listener.Dispose();
}
