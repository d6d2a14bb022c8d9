using Halyard.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.Tests.Faults;

/// <summary>A loop at work, to which a fault happens: what is changed after that must arrive all the same.</summary>
internal abstract class FaultScenario(FaultyClock clock) : IAsyncDisposable
{
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public FaultyClock Clock => clock;

    /// <summary>All that the loop and what is around it logged.</summary>
    protected FakeLogCollector Logs { get; } = new();

    protected ILogger Logger => Clients.Clients.Factory(Logs).CreateLogger("faults");

    /// <summary>Has the loop begin.</summary>
    public abstract Task StartAsync();

    /// <summary>Makes the loop come by each of its steps; what it brings meanwhile need not arrive.</summary>
    public virtual async Task ActAsync()
    {
        for (var version = 2; version <= 4; version++)
        {
            var before = version;
            Change(version);
            await Conditions.UntilAsync(() => HasArrived(before) || Clock.HasThrown);
        }
    }

    /// <summary>Changes something that the loop is to bring.</summary>
    public abstract void Change(int version);

    /// <summary>Whether a change has arrived where it is wanted.</summary>
    public abstract bool HasArrived(int version);

    /// <summary>Whether a fault was told: in the log, or in a status that says so.</summary>
    public virtual bool IsTold => Logs.GetSnapshot().Any(record => record.Level >= LogLevel.Warning);

    public abstract ValueTask DisposeAsync();
}
