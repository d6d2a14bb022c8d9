using System.Globalization;
using Microsoft.Extensions.Logging;
using Spectre.Console;

namespace Halyard.Cli;

/// <summary>Logs as short lines: the time of day and the message; warnings say so and go to the error output.</summary>
internal sealed class ConsoleLog(CliEnvironment environment, LogLevel minimum) : ILoggerFactory
{
    private readonly Lock _writing = new();

    public ILogger CreateLogger(string categoryName) => new Logger(this);

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    private void Write(LogLevel level, string message)
    {
        var time = environment.TimeProvider.GetLocalNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        lock (_writing)
        {
            if (level >= LogLevel.Warning)
            {
                environment.Error.WriteLine($"{(level == LogLevel.Warning ? "warning" : "error")}: {message}");
            }
            else if (environment.IsTerminal)
            {
                environment.Console.MarkupLineInterpolated($"[grey]{time}[/] {message}");
            }
            else
            {
                environment.Output.WriteLine($"{time} {message}");
            }
        }
    }

    private sealed class Logger(ConsoleLog log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= log.Minimum;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                log.Write(logLevel, OneLine.Of(formatter(state, exception)));
            }
        }
    }

    private LogLevel Minimum { get; } = minimum;
}
