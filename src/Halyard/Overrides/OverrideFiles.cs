using Halyard.Model;
using Microsoft.Extensions.Logging;

namespace Halyard.Overrides;

/// <summary>
/// Takes what a synchronizer of files delivers for overrides, and how it fares. A failure is one line in the log, and the
/// last good content stays in force. Thread-safe.
/// </summary>
internal sealed class OverrideFiles : IDataDestination, IDataSourceStatusReporter, IAsyncDisposable
{
    private readonly IDataSynchronizer _synchronizer;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _firstLook = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Set by the start, before the synchronizer begins.
    private FlagOverrides? _overrides;

    private volatile string? _error;

    /// <param name="open">Makes the synchronizer, which is disposed here.</param>
    /// <param name="logger">The log.</param>
    public OverrideFiles(Func<IDataSourceStatusReporter, IDataSynchronizer> open, ILogger logger)
    {
        _synchronizer = open(this);
        _logger = logger;
    }

    public string Identity => "overrides";

    /// <summary>Completes when the files have been looked at for the first time, well or not, or never will be.</summary>
    public Task FirstLook => _firstLook.Task;

    /// <summary>What is wrong with the files; null when nothing is.</summary>
    public string? Error => _error;

    /// <summary>Begins to read the files, and returns at once.</summary>
    /// <param name="overrides">Where their content goes.</param>
    /// <param name="cancellationToken">Ends the start alone.</param>
    public Task StartAsync(FlagOverrides overrides, CancellationToken cancellationToken)
    {
        _overrides = overrides;
        return _synchronizer.StartAsync(this, null, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _synchronizer.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _firstLook.TrySetResult();
        }
    }

    public void Init(DataSet dataSet) => _overrides!.ReplaceFiles(dataSet);

    public bool Upsert(DataKind kind, string key, ItemDescriptor item) => throw new NotSupportedException("Files are loaded as a whole.");

    public void Apply(ChangeSet changeSet) => throw new NotSupportedException("Files are loaded as a whole.");

    public void ReportValid()
    {
        _error = null;
        _firstLook.TrySetResult();
    }

    public void ReportInterrupted(DataSourceErrorKind kind, string message, int? statusCode = null) => Failed(message);

    public void ReportUnexpected(DataSourceErrorKind kind, string message, int? statusCode = null) => Failed(message);

    public void ReportOff(DataSourceErrorKind kind, string message, int? statusCode = null) => Failed(message);

    // The first report of an outage is logged here; what the synchronizer finds out later, it logs itself.
    private void Failed(string message)
    {
        var begins = _error is null;
        _error = message;
        _firstLook.TrySetResult();
        if (!begins)
        {
            return;
        }

        try
        {
            OverrideLog.Failed(_logger, message);
        }
        catch (Exception)
        {
            // A logger that fails must not end the watch over the files.
        }
    }
}
