using Halyard.Interleaving.Engine;

namespace System.Threading;

/// <summary>What the sources use of the platform's type: one step each, before which another thread may come.</summary>
internal static class Interlocked
{
    public static T CompareExchange<T>(ref T location, T value, T comparand)
    {
        Schedule.Point("compare and exchange");
        var old = location;
        if (typeof(T).IsValueType ? EqualityComparer<T>.Default.Equals(old, comparand) : ReferenceEquals(old, comparand))
        {
            location = value;
        }

        return old;
    }

    public static long Increment(ref long location)
    {
        Schedule.Point("increment");
        return ++location;
    }

    public static long Read(ref long location)
    {
        Schedule.Point("read");
        return location;
    }

    public static long Or(ref long location, long value)
    {
        Schedule.Point("or");
        var old = location;
        location |= value;
        return old;
    }
}
