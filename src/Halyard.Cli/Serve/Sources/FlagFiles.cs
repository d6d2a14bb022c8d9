using Microsoft.Extensions.Logging;

namespace Halyard.Cli;

/// <summary>Halyard's file source as the tool sets it up: JSON, and YAML by the file's name.</summary>
internal static class FlagFiles
{
    /// <summary>The options of a file source.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="follow">Whether edits are followed.</param>
    public static FileSourceOptions Source(IReadOnlyList<string> paths, bool follow)
    {
        var options = DataSystem.File([.. paths]).UseYaml();
        options.Reload = follow;
        // A person who has just saved a file waits for the effect.
        options.Debounce = TimeSpan.FromMilliseconds(50);
        return options;
    }

    /// <summary>Makes a synchronizer that loads the server's files and follows their edits.</summary>
    /// <exception cref="CliException">The files cannot be flag files.</exception>
    public static FileSynchronizer Follow(IReadOnlyList<string> paths, DevServerOptions options, IDataSourceStatusReporter status)
    {
        try
        {
            return new FileSynchronizer(
                Source(paths, follow: true), new(status, new WarningsOnly(options.LoggerFactory), options.TimeProvider));
        }
        catch (ArgumentException exception)
        {
            throw CliException.Of(exception);
        }
    }

    /// <summary>Lets warnings about the files' content through. Loads and failures are left out, because the server reports them itself.</summary>
    private sealed class WarningsOnly(ILoggerFactory factory) : ILoggerFactory, ILogger
    {
        private readonly ILogger _logger = factory.CreateLogger("Halyard.Serve");

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => factory.AddProvider(provider);

        public void Dispose()
        {
            // The factory is the server's.
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel == LogLevel.Warning && _logger.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                _logger.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
