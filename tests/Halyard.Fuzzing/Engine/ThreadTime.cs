using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Halyard.Fuzzing;

/// <summary>The time that the calling thread has been at work: on a busy machine, more passes than it had of the processor.</summary>
internal static class ThreadTime
{
    private const int ThreadClock = 3; // CLOCK_THREAD_CPUTIME_ID

    /// <summary>The time so far; where the system does not tell, the time that has passed.</summary>
    public static TimeSpan Now => OperatingSystem.IsLinux() && ReadClock(ThreadClock, out var time) == 0
        ? TimeSpan.FromSeconds((long)time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / TimeSpan.NanosecondsPerTick)
        : Stopwatch.GetElapsedTime(0);

    [DllImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ReadClock(int clock, out ClockTime time);

    private readonly struct ClockTime
    {
        public readonly nint Seconds;
        public readonly nint Nanoseconds;
    }
}
