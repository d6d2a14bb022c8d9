using Halyard.Lives.Plan;
using Microsoft.Extensions.Logging;

namespace Halyard.Lives.Foreign;

/// <summary>Loggers that throw; what is logged is read nowhere.</summary>
internal sealed class FaultyLoggers(LogFault fault, Dice dice) : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) =>
        fault == LogFault.CannotBeMade ? throw new InvalidOperationException("No logger.") : this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel)
    {
        Throw();
        return true;
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _ = formatter(state, exception);
        Throw();
    }

    private void Throw()
    {
        if (fault == LogFault.Throw || (fault == LogFault.ThrowSometimes && dice.Chance(0.3)))
        {
            throw new InvalidOperationException("The logger fails.");
        }
    }
}
