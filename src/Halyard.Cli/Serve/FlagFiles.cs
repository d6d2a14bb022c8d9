using Halyard.DataSystems.Sources.Files;
using Microsoft.Extensions.Logging;

namespace Halyard.Cli;

/// <summary>The core's file source as the tool sets it up: JSON, and YAML by the file's name.</summary>
internal static class FlagFiles
{
    /// <summary>The options of a file source.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="follow">Whether edits are followed.</param>
    public static FileSourceOptions Source(IReadOnlyList<string> paths, bool follow)
    {
        var options = DataSystem.File([.. paths]).UseYaml();
        options.Reload = follow;
        // People wait for what they just saved.
        options.Debounce = TimeSpan.FromMilliseconds(50);
        return options;
    }

    /// <summary>Makes a synchronizer that loads the server's files and follows their edits.</summary>
    /// <exception cref="CliException">The files cannot be flag files.</exception>
    public static FileSynchronizer Follow(DevServerOptions options, IDataSourceStatusReporter status)
    {
        var source = Source(options.Files, follow: true);
        try
        {
            source.Validate(new ClientOptions());
        }
        catch (ArgumentException exception)
        {
            throw CliException.Of(exception);
        }

        return new FileSynchronizer(source, status, new WarningsOnly(options.LoggerFactory.CreateLogger("Halyard.Serve")), options.TimeProvider);
    }

    /// <summary>The server reports loads and failures in its own words; hints about the files' content come from the source.</summary>
    private sealed class WarningsOnly(ILogger logger) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel == LogLevel.Warning && logger.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                logger.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
