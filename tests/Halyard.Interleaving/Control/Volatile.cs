using Halyard.Interleaving.Engine;

namespace System.Threading;

/// <summary>What the sources use of the platform's type: one step each, before which another thread may come.</summary>
internal static class Volatile
{
    public static T Read<T>(ref readonly T location)
    {
        Schedule.Point("read");
        return location;
    }

    public static void Write<T>(ref T location, T value)
    {
        Schedule.Point("write");
        location = value;
    }
}
