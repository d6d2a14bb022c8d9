using Halyard.Simulation.Engine;

namespace Halyard.Simulation.World;

/// <summary>
/// The disk of a process's snapshot: real files, whose reading and writing take simulated time; and what a crash of the
/// machine makes of them.
/// </summary>
internal sealed class SimDisk(string path, SimScheduler scheduler, SimRandom random) : TaskScheduler
{
    private byte[]? _before;
    private ProcessTime? _process;

    public string Path => path;

    /// <summary>How much fits into a file; null for enough.</summary>
    public int? Room { get; set; }

    public bool IsSlow { get; set; }

    /// <summary>The process that uses it now.</summary>
    public void Mount(ProcessTime process) => _process = process;

    public void Heal() => (Room, IsSlow) = (null, false);

    /// <summary>What a crash leaves: the rename not done, or a file that is damaged.</summary>
    /// <returns>What it did.</returns>
    public string Crash()
    {
        switch (random.Below(3))
        {
            case 0 when _before is not null:
                File.WriteAllBytes(path, _before);
                return "the last rename is lost";
            case 1 when new FileInfo(path) is { Exists: true, Length: > 0 }:
                var bytes = File.ReadAllBytes(path);
                if (random.Chance(0.5))
                {
                    File.WriteAllBytes(path, bytes[..random.Below(bytes.Length)]);
                    return "the file is cut";
                }

                bytes[random.Below(bytes.Length)] ^= (byte)(1 << random.Below(8));
                File.WriteAllBytes(path, bytes);
                return "a bit is wrong";
            default:
                return "the file is as it was";
        }
    }

    protected override IEnumerable<Task> GetScheduledTasks() => [];

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override void QueueTask(Task task)
    {
        var process = _process;
        scheduler.After(IsSlow ? random.Seconds(0.5, 20) : random.Milliseconds(0.5, 10), "disk", () =>
        {
            if (process?.IsAlive != true)
            {
                return;
            }

            var before = File.Exists(path) ? File.ReadAllBytes(path) : null;
            if (Room is { } room)
            {
                FileLimit.Run(room, () => TryExecuteTask(task));
            }
            else
            {
                TryExecuteTask(task);
            }

            _before = before ?? _before;
        });
    }
}
