using Halyard.Simulation.World;

namespace Halyard.Simulation.Checks;

/// <summary>The status says what is so: that there is data, how old it is, and whether its source is there.</summary>
internal sealed class StatusChecker(SimProcess process, DataChecker data) : Checker(process)
{
    // A stream that was good is opened again without a word, after a second at most; the attempt may take 20.
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(45);

    private DateTimeOffset? _updatedAt;
    private DataSourceState _state;
    private TimeSpan _hadConnection;
    private bool _hasConnection;

    public override void AfterStep()
    {
        var status = Process.Client.DataSourceStatus.Current;
        if (status.State != _state)
        {
            World.Trace.Note($"client {Process.Number} is {status.State} {status.LastError?.Message}");
            _state = status.State;
        }

        Expect(status.State != DataSourceState.Valid || data.Snapshot is { Initialized: true }, "status", "it is Valid without data");
        Expect(status.State != DataSourceState.Off, "status", $"it is Off: {status.LastError?.Message}");
        Expect(Process.HeardState is null || Process.HeardState == status.State, "status", $"it is {status.State}, and the listener heard {Process.HeardState}");
        var now = Process.Time.GetUtcNow();
        if (Process.Passed.Count > 0)
        {
            Expect(status.DataUpdatedAt == now, "age", $"data arrived now and the status says {status.DataUpdatedAt:O} instead of {now:O}");
        }
        else
        {
            Expect(status.DataUpdatedAt == _updatedAt, "age", "it became younger although nothing had arrived");
        }

        _updatedAt = status.DataUpdatedAt;
        CheckConnection(status);
    }

    public override void Settled()
    {
        var status = Process.Client.DataSourceStatus.Current;
        Expect(status.State == DataSourceState.Valid, "convergence", $"it is {status.State}: {status.LastError?.Message}");
    }

    private void CheckConnection(DataSourceStatus status)
    {
        // Between two steps nothing changes: who had a connection after the last one had it until this one.
        var had = _hasConnection;
        _hasConnection = Process.Handler.Held.Any(static connection => connection.SeemsOpen) || Process.Passed.Count > 0 || status.State != DataSourceState.Valid;
        if (had || _hasConnection)
        {
            _hadConnection = World.Scheduler.Now;
        }

        if (Process.Plan.Kind is ClientKind.Streaming1 && World.Scheduler.Now - _hadConnection > LongestSilence)
        {
            Expect(World.Scheduler.Now - World.LastSleep < LongestSilence, "status", $"it is Valid and has had no connection since {_hadConnection}");
        }
    }
}
