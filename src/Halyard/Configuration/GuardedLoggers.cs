using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard;

/// <summary>
/// The application's loggers, of which none can throw: a full disk under a log must end neither a stream, nor a start, nor
/// a write. What a logger throws is dropped, since the place to tell of it is the one that fails. A message is one line, whatever
/// a service or a file puts into it. Thread-safe if they are.
/// </summary>
/// <param name="loggers">The application's.</param>
/// <param name="client">The client's name, which the categories end with, so that rules for their beginning hold; empty for none.</param>
internal sealed class GuardedLoggers(ILoggerFactory loggers, string client = "") : ILoggerFactory
{
    public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

    public ILogger CreateLogger(string categoryName)
    {
        try
        {
            return new GuardedLogger(loggers.CreateLogger(client.Length == 0 ? categoryName : $"{categoryName}[{client}]"));
        }
        catch (Exception)
        {
            return NullLogger.Instance;
        }
    }

    // The factory is the application's.
    public void Dispose()
    {
    }

    private sealed class GuardedLogger(ILogger logger) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            try
            {
                return logger.BeginScope(state);
            }
            catch (Exception)
            {
                return null;
            }
        }

        public bool IsEnabled(LogLevel logLevel)
        {
            try
            {
                return logger.IsEnabled(logLevel);
            }
            catch (Exception)
            {
                return false;
            }
        }

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            try
            {
                logger.Log(logLevel, eventId, state, exception, (state, exception) => OneLine.Of(formatter(state, exception)));
            }
            catch (Exception)
            {
                // Dropped, for the reason that the type gives.
            }
        }
    }
}
