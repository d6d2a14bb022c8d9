using Halyard.DataSystems.Sources.Files;
using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>
/// Loads flag files into a destination, and again when they change. One loop does all the work; file events and timers
/// only wake it. A client makes its own for <see cref="DataSystem.File"/>; it is public for sources that are built on it.
/// </summary>
public sealed class FileSynchronizer : IDataSynchronizer
{
    // Times of some file systems count in seconds: a file written this shortly before it was read may change without
    // looking changed.
    private static readonly TimeSpan ClockGrain = TimeSpan.FromSeconds(2);

    // After so many reads in a row during which the files changed, what was read is taken as it is.
    private const int MaxTornReads = 5;

    private readonly string[] _paths;
    private readonly FlagFileData _data;
    private readonly bool _reload;
    private readonly TimeSpan _pollInterval;
    private readonly IDataSourceStatusReporter _status;
    private readonly ILogger _logger;
    private readonly TimeProvider _timeProvider;
    private readonly FileWatch? _watch;
    private readonly CancellationTokenSource _disposal = new();
    private readonly Lock _gate = new();
    private Task? _loop;
    private bool _disposed;

    // The loop's own.
    private FileStamp[] _stamps = [];
    private UInt128[] _fingerprints = [];
    private bool _good;
    private bool _recent;
    private bool _missing;
    private int _tornReads;
    private string? _reported;
    private readonly HashSet<string> _logged = [];
    private readonly HashSet<string> _warned = [];
    private bool _watchWarned;

    /// <summary>Makes a synchronizer that is not started. Opens no file.</summary>
    /// <param name="options">Which files to load, and how.</param>
    /// <param name="context">Where it reports and logs, and its clock.</param>
    /// <exception cref="ArgumentException">An option is missing or wrong; the message says which.</exception>
    public FileSynchronizer(FileSourceOptions options, DataSourceContext context)
        : this(
            Validated(options),
            (context ?? throw new ArgumentNullException(nameof(context))).Status,
            context.LoggerFactory.CreateLogger("Halyard.File"),
            context.TimeProvider)
    {
    }

    internal FileSynchronizer(
        FileSourceOptions options, IDataSourceStatusReporter status, ILogger logger, TimeProvider timeProvider, WatchDirectory? watch = null)
    {
        _paths = options.Paths.Select(Path.GetFullPath).Distinct(StringComparer.Ordinal).ToArray();
        _data = new([.. options.Formats], options.DuplicateKeys, timeProvider);
        _reload = options.Reload;
        _pollInterval = options.PollInterval;
        _status = status;
        _logger = logger;
        _timeProvider = timeProvider;
        _watch = _reload
            ? new FileWatch(_paths, options.Debounce, options.PollInterval, timeProvider, watch ?? DirectoryWatcher.Watch, OnWatchFailed)
            : null;
    }

    /// <inheritdoc/>
    public string Identity => "file";

    /// <inheritdoc/>
    public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _loop ??= Task.Run(() => RunAsync(destination, _disposal.Token), CancellationToken.None);
        }

        return Task.CompletedTask;
    }

    /// <summary>Ends the watching; waits for a load under way.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
        }

        await _disposal.CancelAsync().ConfigureAwait(false);
        if (_loop is { } loop)
        {
            await loop.ConfigureAwait(false);
        }

        _watch?.Dispose();
        _disposal.Dispose();
    }

    private static FileSourceOptions Validated(FileSourceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(new ClientOptions());
        return options;
    }

    private async Task RunAsync(IDataDestination destination, CancellationToken cancellationToken)
    {
        // Watched first, read second: a change in between is an event.
        await StepAsync(destination, FileWake.Due | FileWake.Named, cancellationToken).ConfigureAwait(false);
        while (_watch is not null && !cancellationToken.IsCancellationRequested)
        {
            FileWake wake;
            try
            {
                wake = await _watch.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await StepAsync(destination, wake, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task StepAsync(IDataDestination destination, FileWake wake, CancellationToken cancellationToken)
    {
        try
        {
            var stamps = TakeStamps();
            var looksChanged = _recent || !stamps.AsSpan().SequenceEqual(_stamps);
            if ((wake & FileWake.WatcherFailed) != 0)
            {
                // Events may be lost: read what they may have been about, and begin anew after that, not in a tight loop.
                _watch?.Drop();
                _watch?.Arm(named: true);
            }
            else if ((wake & (FileWake.Poll | FileWake.Due)) == FileWake.Poll)
            {
                OnPoll(stamps, looksChanged);
            }

            _watch?.Follow(stamps, forcePolling: _missing, watch: (wake & FileWake.WatcherFailed) == 0);
            if ((wake & FileWake.Due) != 0 && (looksChanged || (wake & FileWake.Named) != 0))
            {
                await LoadAsync(destination, stamps, cancellationToken).ConfigureAwait(false);
                _watch?.Follow(_stamps, forcePolling: _missing);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
        catch (Exception exception)
        {
            // The loop must outlive whatever the file system or the destination comes up with.
            LogOnce(exception);
            _stamps = [];
            _fingerprints = [];
            Report(DataSourceErrorKind.Unknown, exception.Message);
        }
    }

    private void OnPoll(FileStamp[] stamps, bool looksChanged)
    {
        var eventSeen = _watch!.TakeEventSeen();
        if (looksChanged || _missing)
        {
            // A change that no event told of: the watchers may be on directories that were replaced.
            if (!eventSeen && !stamps.AsSpan().SequenceEqual(_stamps))
            {
                _watch.Drop();
            }

            _watch.Arm(named: true);
        }
        else if (_good)
        {
            _status.ReportValid();
        }
    }

    private async Task LoadAsync(IDataDestination destination, FileStamp[] stamps, CancellationToken cancellationToken)
    {
        var texts = new FlagFileText[_paths.Length];
        try
        {
            for (var i = 0; i < texts.Length; i++)
            {
                texts[i] = await FlagFileText.ReadAsync(_paths[i], cancellationToken).ConfigureAwait(false);
            }

            if (_watch is not null && _tornReads < MaxTornReads && !stamps.AsSpan().SequenceEqual(TakeStamps()))
            {
                // Someone was writing meanwhile: wait until it is done, rather than judge half of it.
                _tornReads++;
                _watch.Arm(named: true);
                return;
            }

            _tornReads = 0;
            _stamps = stamps;
            _missing = texts.Any(text => text.Error is not null);
            var now = _timeProvider.GetUtcNow().UtcDateTime;
            _recent = stamps.Any(stamp => stamp.Length >= 0 && now - stamp.Modified < ClockGrain);

            var fingerprints = Array.ConvertAll(texts, text => text.Fingerprint);
            if (fingerprints.AsSpan().SequenceEqual(_fingerprints))
            {
                if (_good)
                {
                    _status.ReportValid();
                }

                return;
            }

            _fingerprints = fingerprints;
            Store(destination, _data.Load(texts));
        }
        finally
        {
            foreach (var text in texts)
            {
                text?.Dispose();
            }
        }
    }

    private void Store(IDataDestination destination, FlagFileLoad load)
    {
        foreach (var warning in load.Warnings.Where(_warned.Add))
        {
            _logger.Odd(warning);
        }

        if (load.Errors.Count != 0)
        {
            Report(_missing ? DataSourceErrorKind.Unknown : DataSourceErrorKind.InvalidData, load.Errors);
            return;
        }

        if (load.DataSet is { } dataSet)
        {
            try
            {
                destination.Init(dataSet);
            }
            catch (Exception exception)
            {
                // Read again at the next look, so that it is tried again.
                _fingerprints = [];
                _recent = true;
                LogOnce(exception);
                Report(DataSourceErrorKind.StoreError, $"The flag data could not be stored: {exception.Message}");
                return;
            }

            load.Commit!();
            _logger.Loaded(dataSet.Flags.Count, dataSet.Segments.Count, _paths.Length, load.Changed);
        }

        _good = true;
        _reported = null;
        _logged.Clear();
        _status.ReportValid();
    }

    private void Report(DataSourceErrorKind kind, params IReadOnlyList<string> errors)
    {
        _good = false;
        var message = string.Join(' ', errors);
        if (message == _reported)
        {
            return;
        }

        // The status manager logs the report that begins an outage, and only that: what is found later is logged here.
        var begins = _reported is null;
        foreach (var error in errors.Where(_logged.Add))
        {
            if (!begins)
            {
                _logger.StillFailing(error);
            }
        }

        _reported = message;
        if (!_reload)
        {
            // Nobody will look at the files again.
            _status.ReportOff(kind, message);
        }
        else if (kind == DataSourceErrorKind.InvalidData && !_data.IsLoaded)
        {
            // It takes a person to mend a file; a start that waits is better off with the error at once.
            _status.ReportUnexpected(kind, message);
        }
        else
        {
            _status.ReportInterrupted(kind, message);
        }
    }

    private void LogOnce(Exception exception)
    {
        if (_logged.Add(exception.ToString()))
        {
            _logger.Unexpected(exception);
        }
    }

    private FileStamp[] TakeStamps() => Array.ConvertAll(_paths, FileStamp.Of);

    private void OnWatchFailed(string directory, Exception exception)
    {
        // A directory that does not exist is the missing file's error already.
        if (!_watchWarned && Directory.Exists(directory))
        {
            _watchWarned = true;
            var interval = _pollInterval > TimeSpan.Zero ? _pollInterval : FileWatch.FallbackPollInterval;
            _logger.PollingOnly(directory, exception.Message, interval);
        }
    }
}
