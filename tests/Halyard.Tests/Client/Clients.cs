using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.Tests.Clients;

/// <summary>Clients on in-process data, as the tests of this folder need them.</summary>
internal static class Clients
{
    public static readonly Context User = Context.New("user-1");

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public static Task<Client> StartAsync(TestData data, FakeLogCollector? logs = null) =>
        Client.StartAsync(new() { DataSystem = DataSystem.TestData(data), LoggerFactory = Factory(logs) }, Token);

    public static ILoggerFactory Factory(FakeLogCollector? logs) =>
        LoggerFactory.Create(builder => builder.SetMinimumLevel(LogLevel.Debug).AddProvider(new FakeLoggerProvider(logs ?? new())));

    /// <summary>Waits for something that another thread brings about.</summary>
    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(TimeSpan.FromSeconds(30), Token);
}

/// <summary>A source that does what a test tells it, and nothing by itself.</summary>
internal sealed class ScriptedSource(IDataSourceStatusReporter status) : IDataSynchronizer
{
    public string Identity => "scripted";

    public IDataSourceStatusReporter Status => status;

    public IDataDestination? Destination { get; private set; }

    public bool Disposed { get; private set; }

    public Exception? FailsToEnd { get; set; }

    public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
    {
        Destination = destination;
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Disposed = true;
        return FailsToEnd is null ? ValueTask.CompletedTask : throw FailsToEnd;
    }
}
