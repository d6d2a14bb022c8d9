using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Halyard.Telemetry;

/// <summary>
/// What a client's parts count with: each measurement bears the client's name, if it has one. While nobody listens, an update costs one check.
/// Who listens is foreign code; what it throws goes no further. Thread-safe.
/// </summary>
/// <param name="instruments">The instruments.</param>
/// <param name="client">The client's name; empty for none.</param>
internal sealed class ClientMetrics(HalyardMetrics instruments, string client)
{
    /// <summary>For parts that belong to no client, or to one without a name.</summary>
    public static ClientMetrics Unnamed { get; } = new(HalyardMetrics.Shared, "");

    public HalyardMetrics Instruments => instruments;

    public static ClientMetrics Of(ClientOptions options) => new(HalyardMetrics.Of(options.MeterFactory), options.Name);

    public void Add(Counter<long> counter, long count = 1, KeyValuePair<string, object?> first = default, KeyValuePair<string, object?> second = default)
    {
        if (!counter.Enabled || count == 0)
        {
            return;
        }

        try
        {
            counter.Add(count, Tags(first, second));
        }
        catch (Exception)
        {
            // Dropped, for the reason that the type gives.
        }
    }

    public void Add(UpDownCounter<long> counter, long count, KeyValuePair<string, object?> tag)
    {
        try
        {
            counter.Add(count, Tags(tag, default));
        }
        catch (Exception)
        {
            // As above.
        }
    }

    public void Record(Histogram<double> histogram, TimeSpan time, KeyValuePair<string, object?> first = default, KeyValuePair<string, object?> second = default)
    {
        if (!histogram.Enabled)
        {
            return;
        }

        try
        {
            histogram.Record(time.TotalSeconds, Tags(first, second));
        }
        catch (Exception)
        {
            // As above.
        }
    }

    /// <summary>Notes a read that needed nothing from the store.</summary>
    public void CountHit()
    {
        if (instruments.CacheHits.Enabled)
        {
            Add(instruments.CacheHits);
        }
    }

    private TagList Tags(KeyValuePair<string, object?> first, KeyValuePair<string, object?> second)
    {
        var tags = new TagList();
        if (client.Length != 0)
        {
            tags.Add(HalyardMetrics.ClientTag, client);
        }

        if (first.Key is not null)
        {
            tags.Add(first);
        }

        if (second.Key is not null)
        {
            tags.Add(second);
        }

        return tags;
    }
}
