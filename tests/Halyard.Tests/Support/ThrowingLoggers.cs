using Microsoft.Extensions.Logging;

namespace Halyard.Tests.Support;

/// <summary>Makes loggers that throw, or throws itself.</summary>
internal sealed class ThrowingLoggers(bool failsToCreate = false) : ILoggerFactory
{
    public void AddProvider(ILoggerProvider provider)
    {
    }

    public ILogger CreateLogger(string categoryName) =>
        failsToCreate ? throw new InvalidOperationException("No room for logs.") : new ThrowingLogger();

    public void Dispose()
    {
    }
}
