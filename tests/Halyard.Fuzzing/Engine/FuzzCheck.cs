using System.Diagnostics;

namespace Halyard.Fuzzing;

/// <summary>Has a target read an input, and holds it to what all targets promise: nothing thrown, not slow, memory in proportion.</summary>
internal static class FuzzCheck
{
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(1);

    // What is seen once may be another thread's work or the first call's; a fault is seen each time.
    private const int Attempts = 3;

    /// <summary>Null when nothing is wrong.</summary>
    public static FuzzFinding? Run(FuzzTarget target, ReadOnlySpan<byte> input)
    {
        FuzzFinding? finding = null;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var began = ThreadTime.Now;
            try
            {
                target.Body(input);
            }
            catch (Exception fault)
            {
                return new(KindOf(fault), fault.ToString());
            }

            finding = Excess(target, input.Length, ThreadTime.Now - began, GC.GetAllocatedBytesForCurrentThread() - allocated);
            if (finding is null)
            {
                return null;
            }
        }

        return finding;
    }

    private static FuzzFinding? Excess(FuzzTarget target, int length, TimeSpan time, long allocated)
    {
        var most = target.FixedBytes + (target.BytesForEach * length);
        return time > MostTime ? new("slow", $"{length} bytes took {time.TotalSeconds:0.0} s, more than {MostTime.TotalSeconds} s")
            : allocated > most ? new("memory", $"{length} bytes had {allocated} bytes allocated, more than {most}")
            : null;
    }

    // Two exceptions are of one kind when they come from the same line of thought, not from the same words.
    private static string KindOf(Exception fault)
    {
        if (fault is FuzzFaultException promise)
        {
            return promise.Kind;
        }

        var frames = new StackTrace(fault).GetFrames();
        var place = frames.Select(frame => frame.GetMethod()).FirstOrDefault(method => method?.DeclaringType?.FullName?.StartsWith("Halyard", StringComparison.Ordinal) == true);
        return $"{fault.GetType().Name} in {place?.DeclaringType?.Name}.{place?.Name}";
    }
}
