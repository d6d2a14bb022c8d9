using System.Diagnostics;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>When each version arrived; one thread notes, another reads.</summary>
internal sealed class Arrivals(long before, int count)
{
    private readonly long _before = before;
    private readonly long[] _at = new long[count];
    private long _last = before;

    /// <summary>The newest version that has arrived.</summary>
    public long Last => Volatile.Read(ref _last);

    /// <summary>Notes a version, and those before it that were not noted: they came with it.</summary>
    public void Note(long version)
    {
        var now = Stopwatch.GetTimestamp();
        for (var i = _last + 1; i <= version; i++)
        {
            _at[i - _before - 1] = now;
        }

        Volatile.Write(ref _last, Math.Max(_last, version));
    }

    /// <summary>The timestamp of a version that has arrived.</summary>
    public long At(long version) => _at[version - _before - 1];
}
