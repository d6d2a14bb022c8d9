using Halyard.Concurrency;
using Halyard.DataInterfaces;
using Halyard.DataSystems.Sources;
using Halyard.DataSystems.Sources.Files;
using Microsoft.Extensions.Logging;

namespace Halyard;

/// <summary>
/// Loads flag files into a destination, and again when they change. One loop does all the work; file events and timers
/// only wake it. A client makes its own for <see cref="DataSystem.File"/>; it is public for sources that are built on it.
/// </summary>
public sealed class FileSynchronizer : IDataSynchronizer
{
    private readonly string[] _paths;
    private readonly FlagFileData _data;
    private readonly FileReport _report;
    private readonly FileLook _look;
    private readonly ILogger _logger;
    private readonly FileWatch? _watch;
    private readonly TimeProvider _time;
    private readonly Supervisor _supervisor;
    private readonly CancellationTokenSource _disposal = new();
    private readonly ParseClock? _parsing;
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private Task? _loop;
    private bool _disposed;

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
        FileSourceOptions options,
        IDataSourceStatusReporter status,
        ILogger logger,
        TimeProvider timeProvider,
        WatchDirectory? watch = null,
        bool areOverrides = false)
    {
        _paths = options.Paths.Select(Path.GetFullPath).Distinct(StringComparer.Ordinal).ToArray();
        _data = new([.. options.Formats], options.DuplicateKeys, timeProvider, areOverrides);
        _report = new(status, logger, options.Reload);
        _look = new(_paths, timeProvider);
        _logger = logger;
        _time = timeProvider;
        _supervisor = new("the files", timeProvider, logger, (fault, _) => ReportFault(fault));
        var pollInterval = options.PollInterval > TimeSpan.Zero ? options.PollInterval : FileWatch.FallbackPollInterval;
        _watch = options.Reload
            ? new FileWatch(
                _paths, options.Debounce, options.PollInterval, timeProvider, watch ?? DirectoryWatcher.Watch,
                (directory, exception) => _report.WatchFailed(directory, exception, pollInterval))
            : null;
    }

    /// <inheritdoc/>
    public string Identity => "file";

    /// <summary>What is told how long reading takes; null for nobody.</summary>
    internal IParseTimes? ParseTimes
    {
        init => _parsing = value is null ? null : new(value);
    }

    /// <inheritdoc/>
    public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _loop ??= Task.Run(() => _supervisor.RunAsync(stop => RunAsync(destination, stop), _disposal.Token), CancellationToken.None);
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

        var ending = new Ending();
        await ending.StopAsync("the files", _disposal, _loop, Ending.Patience, _time).ConfigureAwait(false);
        ending.Step(() => _watch?.Dispose());
        ending.Step(_disposal.Dispose);
        ending.ThrowIfFailed();
    }

    private static FileSourceOptions Validated(FileSourceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(new ClientOptions());
        return options;
    }

    private async Task RunAsync(IDataDestination destination, CancellationToken cancellationToken)
    {
        // The files are watched before they are read, so that a change in between is an event.
        await StepAsync(destination, FileWake.Due | FileWake.Named, cancellationToken).ConfigureAwait(false);
        while (_watch is not null)
        {
            _supervisor.Pass("files: wait");
            var wake = await _watch.WaitAsync(cancellationToken).ConfigureAwait(false);
            _supervisor.Pass("files: step");
            await StepAsync(destination, wake, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task StepAsync(IDataDestination destination, FileWake wake, CancellationToken cancellationToken)
    {
        try
        {
            var stamps = _look.TakeStamps();
            var looksChanged = _look.MayBeOther(stamps);
            if ((wake & FileWake.WatcherFailed) != 0)
            {
                // Events may be lost: read what they may have been about, and make new watchers after that, not in a tight loop.
                _watch?.Drop();
                _watch?.Arm(named: true);
            }
            else if ((wake & (FileWake.Poll | FileWake.Due)) == FileWake.Poll)
            {
                OnPoll(stamps, looksChanged);
            }

            _watch?.Follow(stamps, forcePolling: _look.IsMissing, watch: (wake & FileWake.WatcherFailed) == 0);
            if ((wake & FileWake.Due) != 0 && (looksChanged || (wake & FileWake.Named) != 0))
            {
                await LoadAsync(destination, stamps, cancellationToken).ConfigureAwait(false);
                _watch?.Follow(_look.Stamps, forcePolling: _look.IsMissing);
            }
        }
        catch (Exception exception) when (_watch is null && !cancellationToken.IsCancellationRequested)
        {
            // Nobody will look again: the report is that this was the end.
            _logger.Unexpected(exception);
            ReportFault(exception);
        }
    }

    private void ReportFault(Exception fault)
    {
        _look.Forget();
        if (fault is StoreWriteException)
        {
            Report(DataSourceErrorKind.StoreError, $"The flag data could not be stored: {fault.InnerException!.Message}");
        }
        else
        {
            Report(DataSourceErrorKind.Unknown, fault.Message);
        }
    }

    private void OnPoll(FileStamp[] stamps, bool looksChanged)
    {
        var eventSeen = _watch!.TakeEventSeen();
        if (looksChanged || _look.IsMissing)
        {
            // A change that no event told of: the watchers may be on directories that were replaced.
            if (!eventSeen && _look.IsOther(stamps))
            {
                _watch.Drop();
            }

            _watch.Arm(named: true);
        }
        else
        {
            _report.Unchanged();
        }
    }

    private async Task LoadAsync(IDataDestination destination, FileStamp[] stamps, CancellationToken cancellationToken)
    {
        var texts = new FlagFileText[_paths.Length];
        try
        {
            for (var i = 0; i < texts.Length; i++)
            {
                _supervisor.Pass("files: read");
                texts[i] = await FlagFileText.ReadAsync(_paths[i], cancellationToken).ConfigureAwait(false);
            }

            if (_watch is not null && _look.IsTorn(stamps))
            {
                _watch.Arm(named: true);
            }
            else if (_look.Note(stamps, texts))
            {
                destination = _parsing?.Before(destination) ?? destination;
                _parsing?.Begin();
                Store(destination, _data.Load(texts));
            }
            else
            {
                _report.Unchanged();
            }
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
        _report.Warn(load.Warnings);
        if (load.Errors.Count != 0)
        {
            Report(_look.IsMissing ? DataSourceErrorKind.Unknown : DataSourceErrorKind.InvalidData, load.Errors);
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
                // A fault, after which the files are read again and storing is tried again.
                throw new StoreWriteException(exception);
            }

            load.Commit!();
            _logger.Loaded(dataSet.Flags.Count, dataSet.Segments.Count, _paths.Length, load.Changed);
        }

        _report.Good();
    }

    private void Report(DataSourceErrorKind kind, params IReadOnlyList<string> errors) => _report.Failed(kind, _data.IsLoaded, errors);
}
