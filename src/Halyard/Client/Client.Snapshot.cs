using Halyard.DataSystems;

namespace Halyard;

// What a snapshot on disk means for the start.
public sealed partial class Client
{
    /// <summary>Makes a client that is not started: it serves defaults until <see cref="BeginAsync"/>.</summary>
    /// <exception cref="ArgumentException">An option is missing or wrong; the message says which.</exception>
    internal static Client Create(ClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Validate(options);
        return new Client(options).KeepingSnapshot();
    }

    private static void ValidateSnapshot(ClientOptions options)
    {
        options.Snapshot?.Validate();
        if (options is { Snapshot: not null, DataSystem: LazyLoadOptions })
        {
            throw new ArgumentException("A snapshot is kept of pushed data only: Lazy Load has its own store.", nameof(options));
        }
    }

    private Client KeepingSnapshot()
    {
        if (_options.Snapshot is { } snapshot && ((_system as StoreFirst)?.Pushed ?? _system as BackgroundSync) is { } pushed)
        {
            pushed.KeepOnDisk(new(snapshot, _options.SdkKey, _timeProvider, _options.LoggerFactory.CreateLogger("Halyard.Snapshot")));
        }

        return this;
    }
}
