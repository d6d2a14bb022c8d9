using Halyard.Model;
using Halyard.Simulation.World;

namespace Halyard.Simulation.Checks;

/// <summary>
/// What is read through Lazy Load's cache was in the store at some time, does not go back unless the store did, and is no older than
/// its time to live while the store answers.
/// </summary>
internal sealed class ReadChecker(SimProcess process) : Checker(process)
{
    // The longest request, and what a store that was down is left alone for.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(45);

    private readonly Dictionary<string, int> _positions = [];
    private readonly List<Task> _reads = [];
    private bool _isSettled;

    public override void Read(string key, bool isAll) => _reads.Add(isAll ? ReadAllAsync() : ReadAsync(key));

    public override void Settled()
    {
        Expect(_reads.Count == 0, "convergence", $"{_reads.Count} reads have no answer");
        _isSettled = true;
        foreach (var key in SimProcess.Keys)
        {
            Read(key, isAll: false);
        }

        Read("", isAll: true);
    }

    public override void AfterStep()
    {
        foreach (var read in _reads)
        {
            if (read.IsFaulted)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(read.Exception!.InnerException!);
            }
        }

        _reads.RemoveAll(static read => read.IsCompleted);
        Expect(_reads.Count < 40, "growth", $"{_reads.Count} reads have no answer");
    }

    private async Task ReadAsync(string key)
    {
        var (began, wanted) = (World.Scheduler.Now, HeadOf(key));
        var item = await Process.Client.Store.GetFlagAsync(key);
        if (Process.IsRunning)
        {
            Judge(key, item, began, wanted);
        }
    }

    private async Task ReadAllAsync()
    {
        var (began, wanted) = (World.Scheduler.Now, SimProcess.Keys.ToDictionary(static key => key, HeadOf));
        var items = (await Process.Client.Store.AllFlagsAsync()).ToDictionary(static item => item.Key);
        if (Process.IsRunning)
        {
            foreach (var key in SimProcess.Keys)
            {
                Judge(key, items.GetValueOrDefault(key), began, wanted[key]);
            }
        }
    }

    private string HeadOf(string key) => World.History.Head.Items.TryGetValue("/flags/" + key, out var item) ? item.Stamp : "";

    private void Judge(string key, ItemDescriptor<Flag>? item, TimeSpan began, string wanted)
    {
        var stamp = item is null ? "" : SimItem.StampOf(item);
        World.Trace.Note($"client {Process.Number} reads {key}: {stamp}");
        if (Process.Plan.Kind == ClientKind.Record)
        {
            Expect(!_isSettled || stamp == wanted, "convergence", $"{key} is '{stamp}' and not '{wanted}'");
            Expect(stamp.Length == 0 || World.History.States.Any(state => state.Items.Values.Any(i => i.Stamp == stamp)), "reads", $"{key} is {stamp}, which there never was");
            return;
        }

        var past = World.Store.Data.Past("/flags/" + key);
        var isHealthy = World.Store.IsHealthySince(began - Process.Plan.Ttl - Slack) && began - Process.StartedAt >= TimeSpan.Zero;
        if (stamp.Length == 0 && !isHealthy)
        {
            // Nothing is what is known when the store does not answer.
            return;
        }

        var lowest = _positions.GetValueOrDefault(key);
        for (var i = lowest; i < past.Count; i++)
        {
            var until = i + 1 < past.Count ? past[i + 1].At : TimeSpan.MaxValue;
            if (past[i].Stamp == stamp && (!isHealthy || until >= began - Process.Plan.Ttl))
            {
                _positions[key] = i;
                return;
            }
        }

        Expect(false, "reads", $"{key} is '{stamp}', and the store had {string.Join(", ", past.Skip(lowest).Select(static p => $"'{p.Stamp}' at {p.At}"))}");
    }
}
