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
        var began = World.Scheduler.Now;
        var item = await Process.Client.Store.GetFlagAsync(key);
        if (Process.IsRunning)
        {
            Judge(key, item, began);
        }
    }

    private async Task ReadAllAsync()
    {
        var began = World.Scheduler.Now;
        var items = (await Process.Client.Store.AllFlagsAsync()).ToDictionary(static item => item.Key);
        if (Process.IsRunning)
        {
            foreach (var key in SimProcess.Keys)
            {
                Judge(key, items.GetValueOrDefault(key), began);
            }
        }
    }

    private void Judge(string key, ItemDescriptor<Flag>? item, TimeSpan began)
    {
        var stamp = item is null ? "" : SimItem.StampOf(item);
        World.Trace.Note($"client {Process.Number} reads {key}: {stamp}");
        if (Process.Plan.Kind == ClientKind.Record)
        {
            var last = World.History.Head.Items.TryGetValue("/flags/" + key, out var held) ? held.Stamp : "";
            Expect(!_isSettled || stamp == last || World.Scheduler.Now - began > TimeSpan.Zero, "convergence", $"{key} is '{stamp}' and not '{last}'");
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
