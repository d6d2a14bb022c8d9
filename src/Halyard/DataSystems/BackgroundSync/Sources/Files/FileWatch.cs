using System.Threading.Channels;
using Halyard.Concurrency;

namespace Halyard.DataSystems.Sources.Files;

/// <summary>
/// Gathers file events, the <see cref="Debounce"/> and polling into one stream of wake-ups for one reader. It polls, even
/// when polling is turned off, while a directory cannot be watched. The reader alone calls the members; events and timers
/// come from any thread.
/// </summary>
internal sealed class FileWatch : IDisposable
{
    private static readonly StringComparer PathComparer =
        OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    private readonly IReadOnlyList<string> _paths;
    private readonly TimeSpan _pollInterval;
    private readonly Debounce _debounce;
    private readonly Alarm _pollTimer;
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private FileWake _wake;
    private bool _eventSeen;
    private bool _disposed;
    private HashSet<string> _names;

    // The reader's own.
    private readonly DirectoryWatchers _watchers;
    private bool _polling;

    public FileWatch(
        IReadOnlyList<string> paths, TimeSpan debounce, TimeSpan pollInterval, TimeProvider timeProvider,
        WatchDirectory watch, Action<string, Exception> onWatchFailed)
    {
        _paths = paths;
        _pollInterval = pollInterval;
        _names = new(paths, PathComparer);
        _watchers = new(PathComparer, watch, OnEvent, _ => Wake(FileWake.WatcherFailed), onWatchFailed);
        _debounce = new(debounce, timeProvider, named => Wake(named ? FileWake.Due | FileWake.Named : FileWake.Due));
        _pollTimer = new(timeProvider, static self => ((FileWatch)self!).Wake(FileWake.Poll), this);
    }

    /// <summary>How often to look while watching fails although polling is turned off.</summary>
    public static TimeSpan FallbackPollInterval => TimeSpan.FromSeconds(2);

    /// <summary>
    /// Brings the watchers in line with the files: watches the directories of the paths and of what they link to, and
    /// drops watchers of directories that are gone or no longer linked to.
    /// </summary>
    /// <param name="stamps">The files as they are.</param>
    /// <param name="forcePolling">Whether to poll although it is turned off, because files are missing.</param>
    /// <param name="watch">Whether to make the watchers that are missing.</param>
    public void Follow(IReadOnlyList<FileStamp> stamps, bool forcePolling, bool watch = true)
    {
        var names = new HashSet<string>(_paths, PathComparer);
        names.UnionWith(stamps.Select(stamp => stamp.RealPath));
        lock (_gate)
        {
            _names = names;
        }

        var complete = _watchers.Follow(new(names.Select(name => Path.GetDirectoryName(name) ?? name), PathComparer), watch);
        var polling = _pollInterval > TimeSpan.Zero || !complete || forcePolling;
        if (polling != _polling)
        {
            _polling = polling;
            var interval = _pollInterval > TimeSpan.Zero ? _pollInterval : FallbackPollInterval;
            var period = polling ? interval : Timeout.InfiniteTimeSpan;
            _pollTimer.Set(period, period);
        }
    }

    /// <summary>Ends all watchers; <see cref="Follow"/> makes new ones.</summary>
    public void Drop() => _watchers.DropAll();

    /// <summary>Whether any event has come since the last time this was asked.</summary>
    public bool TakeEventSeen()
    {
        lock (_gate)
        {
            var seen = _eventSeen || _debounce.IsArmed;
            _eventSeen = false;
            return seen;
        }
    }

    /// <summary>Notes a change: it is due when nothing more has happened for the debounce time.</summary>
    /// <param name="named">Whether the files are to be read even when they look unchanged.</param>
    public void Arm(bool named) => _debounce.Arm(named);

    /// <summary>Waits for the next wake-up.</summary>
    public async ValueTask<FileWake> WaitAsync(CancellationToken cancellationToken)
    {
        await _signal.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            var wake = _wake;
            _wake = FileWake.None;
            return wake;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
        }

        _debounce.Dispose();
        _pollTimer.Dispose();
        _watchers.Dispose();
    }

    private void OnEvent(string path)
    {
        bool named;
        lock (_gate)
        {
            _eventSeen = true;
            named = _names.Contains(path);
        }

        try
        {
            Arm(named);
        }
        catch (Exception)
        {
            // On the watcher's thread. A clock that fails must not make the event be missed: it is due at once.
            Wake(FileWake.Due | (named ? FileWake.Named : FileWake.None));
        }
    }

    private void Wake(FileWake wake)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _wake |= wake;
        }

        _signal.Writer.TryWrite(true);
    }
}
