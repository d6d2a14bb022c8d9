using System.Threading.Channels;

namespace Halyard.DataSystems.Sources.Files;

/// <summary>
/// Gathers file events, debounce and polling into one stream of wake-ups for one reader. Watchers that cannot be had, or
/// break, are tried again at each poll; polling is on at least while one is missing. Members are called by that reader
/// alone; events and timers come from any thread.
/// </summary>
internal sealed class FileWatch : IDisposable
{
    private static readonly StringComparer PathComparer =
        OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    private readonly IReadOnlyList<string> _paths;
    private readonly TimeSpan _debounce;
    private readonly TimeSpan _pollInterval;
    private readonly TimeProvider _timeProvider;
    private readonly WatchDirectory _watch;
    private readonly Action<string, Exception> _onWatchFailed;

    private readonly Lock _gate = new();
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ITimer _debounceTimer;
    private readonly ITimer _pollTimer;

    // Under the gate.
    private FileWake _wake;
    private bool _armed;
    private bool _named;
    private long _armedAt;
    private bool _eventSeen;
    private bool _disposed;
    private HashSet<string> _names;

    // The reader's own.
    private readonly Dictionary<string, IDisposable> _watchers = new(PathComparer);
    private bool _polling;

    public FileWatch(
        IReadOnlyList<string> paths, TimeSpan debounce, TimeSpan pollInterval, TimeProvider timeProvider,
        WatchDirectory watch, Action<string, Exception> onWatchFailed)
    {
        _paths = paths;
        _debounce = debounce;
        _pollInterval = pollInterval;
        _timeProvider = timeProvider;
        _watch = watch;
        _onWatchFailed = onWatchFailed;
        _names = new(paths, PathComparer);
        _debounceTimer = timeProvider.CreateTimer(static self => ((FileWatch)self!).OnQuiet(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _pollTimer = timeProvider.CreateTimer(static self => ((FileWatch)self!).Wake(FileWake.Poll), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
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

        var directories = new HashSet<string>(names.Select(name => Path.GetDirectoryName(name) ?? name), PathComparer);
        foreach (var gone in _watchers.Keys.Where(directory => !directories.Contains(directory) || !Directory.Exists(directory)).ToArray())
        {
            Unwatch(gone);
        }

        var complete = true;
        foreach (var directory in directories)
        {
            if (_watchers.ContainsKey(directory))
            {
                continue;
            }

            if (!watch)
            {
                complete = false;
                continue;
            }

            try
            {
                _watchers.Add(directory, _watch(directory, OnEvent, OnError));
            }
            catch (Exception exception)
            {
                complete = false;
                _onWatchFailed(directory, exception);
            }
        }

        var interval = _pollInterval > TimeSpan.Zero ? _pollInterval : FallbackPollInterval;
        var polling = _pollInterval > TimeSpan.Zero || !complete || forcePolling;
        if (polling != _polling)
        {
            _polling = polling;
            var period = polling ? interval : Timeout.InfiniteTimeSpan;
            _pollTimer.Change(period, period);
        }
    }

    /// <summary>Ends all watchers; <see cref="Follow"/> makes new ones.</summary>
    public void Drop()
    {
        foreach (var directory in _watchers.Keys.ToArray())
        {
            Unwatch(directory);
        }
    }

    /// <summary>Whether any event has come since the last time this was asked.</summary>
    public bool TakeEventSeen()
    {
        lock (_gate)
        {
            var seen = _eventSeen || _armed;
            _eventSeen = false;
            return seen;
        }
    }

    /// <summary>Notes a change: it is due when nothing more has happened for the debounce time.</summary>
    /// <param name="named">Whether the files are to be read even when they look unchanged.</param>
    public void Arm(bool named)
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _named |= named;
            if (!_armed)
            {
                _armed = true;
                _armedAt = _timeProvider.GetTimestamp();
                _debounceTimer.Change(_debounce, Timeout.InfiniteTimeSpan);
            }
            else if (named)
            {
                // Events without end must not put off the load for ever. Events of other files in a busy directory do not at all.
                var left = (_debounce * 10) - _timeProvider.GetElapsedTime(_armedAt);
                var delay = left < TimeSpan.Zero ? TimeSpan.Zero : left < _debounce ? left : _debounce;
                _debounceTimer.Change(delay, Timeout.InfiniteTimeSpan);
            }
        }
    }

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

        _debounceTimer.Dispose();
        _pollTimer.Dispose();
        Drop();
    }

    private void Unwatch(string directory)
    {
        if (_watchers.Remove(directory, out var watcher))
        {
            watcher.Dispose();
        }
    }

    private void OnEvent(string path)
    {
        bool named;
        lock (_gate)
        {
            _eventSeen = true;
            named = _names.Contains(path);
        }

        Arm(named);
    }

    private void OnError(Exception exception) => Wake(FileWake.WatcherFailed);

    private void OnQuiet()
    {
        FileWake wake;
        lock (_gate)
        {
            wake = _named ? FileWake.Due | FileWake.Named : FileWake.Due;
            _armed = false;
            _named = false;
        }

        Wake(wake);
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
