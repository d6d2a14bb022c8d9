namespace Halyard.Lives.Measures;

/// <summary>What the process holds.</summary>
/// <param name="Handles">Open files and sockets.</param>
/// <param name="Threads">Threads that are none of the pool's.</param>
/// <param name="Timers">Timers that are set.</param>
/// <param name="Heap">Bytes of the managed heap.</param>
/// <param name="Clients">Clients that have ended and are held by something.</param>
internal readonly record struct ProcessMeasure(int Handles, int Threads, long Timers, long Heap, int Clients)
{
    // The platform's own comes and goes: a thread of its sockets, a timer of its pool.
    private const int MoreHandles = 8;
    private const int MoreThreads = 4;
    private const int MoreTimers = 4;
    private const long MoreHeap = 6 << 20;

    public static ProcessMeasure Now(IReadOnlyCollection<LifeResult> lives) => new(
        Directory.GetFileSystemEntries("/proc/self/fd").Length,
        Directory.GetFileSystemEntries("/proc/self/task").Length - ThreadPool.ThreadCount,
        Timer.ActiveCount,
        GC.GetTotalMemory(forceFullCollection: false),
        lives.Count(static life => life.Client is { IsAlive: true }));

    /// <summary>Whether it is no more than at another time.</summary>
    public bool IsLike(ProcessMeasure before) =>
        Handles <= before.Handles + MoreHandles && Threads <= before.Threads + MoreThreads && Timers <= before.Timers + MoreTimers
        && Heap <= before.Heap + MoreHeap && Clients == 0;

    public override string ToString() =>
        $"{Handles} handles, {Threads} threads beside the pool's, {Timers} timers, {Heap / 1048576.0:F1} MB, {Clients} clients held";
}
