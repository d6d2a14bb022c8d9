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

    /// <summary>Which threads and handles there are, for people.</summary>
    public static string Details()
    {
        var threads = Directory.GetDirectories("/proc/self/task").Select(static thread => OrGone(() => File.ReadAllText(Path.Combine(thread, "comm")).Trim()));
        var handles = Directory.GetFileSystemEntries("/proc/self/fd").Select(static handle => OrGone(() => (File.ResolveLinkTarget(handle, false)?.Name ?? "?").Split('[')[0]));
        return $"threads {Counted(threads)}; handles {Counted(handles)}";
    }

    public override string ToString() =>
        $"{Handles} handles, {Threads} threads beside the pool's, {Timers} timers, {Heap / 1048576.0:F1} MB, {Clients} clients held";

    private static string Counted(IEnumerable<string> names) =>
        string.Join(", ", names.GroupBy(static name => name).OrderByDescending(static group => group.Count()).Take(12).Select(static group => $"{group.Count()} {group.Key}"));

    private static string OrGone(Func<string> name)
    {
        try
        {
            return name();
        }
        catch (IOException)
        {
            return "gone";
        }
    }
}
