using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems.Sources.Files;

/// <summary>Reports and logs how the files fare, each message once. For one thread.</summary>
/// <param name="status">Where states are reported.</param>
/// <param name="logger">The log.</param>
/// <param name="reload">Whether the files will be looked at again.</param>
internal sealed class FileReport(IDataSourceStatusReporter status, ILogger logger, bool reload)
{
    private readonly HashSet<string> _logged = [];
    private readonly HashSet<string> _warned = [];
    private string? _reported;
    private bool _good;
    private bool _watchWarned;

    /// <summary>The files are loaded, and nothing is wrong with them.</summary>
    public void Good()
    {
        _good = true;
        _reported = null;
        _logged.Clear();
        status.ReportValid();
    }

    /// <summary>The files are as they were: if they were good, the data is up to date.</summary>
    public void Unchanged()
    {
        if (_good)
        {
            status.ReportValid();
        }
    }

    /// <summary>The files cannot be loaded.</summary>
    /// <param name="kind">The kind of error.</param>
    /// <param name="isLoaded">Whether they were loaded before.</param>
    /// <param name="errors">What is wrong.</param>
    public void Failed(DataSourceErrorKind kind, bool isLoaded, IReadOnlyList<string> errors)
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
                logger.StillFailing(error);
            }
        }

        if (!reload)
        {
            // Nobody will look at the files again.
            status.ReportOff(kind, message);
        }
        else if (kind == DataSourceErrorKind.InvalidData && !isLoaded)
        {
            // A person has to mend the file, so a start that waits is told of the error at once.
            status.ReportUnexpected(kind, message);
        }
        else
        {
            status.ReportInterrupted(kind, message);
        }

        // Last, so that what could not be reported is reported the next time.
        _reported = message;
    }

    public void Warn(IEnumerable<string> warnings)
    {
        foreach (var warning in warnings.Where(_warned.Add))
        {
            logger.Odd(warning);
        }
    }

    /// <summary>A directory cannot be watched.</summary>
    public void WatchFailed(string directory, Exception exception, TimeSpan pollInterval)
    {
        // A directory that does not exist is the missing file's error already.
        if (!_watchWarned && Directory.Exists(directory))
        {
            _watchWarned = true;
            logger.PollingOnly(directory, exception.Message, pollInterval);
        }
    }
}
