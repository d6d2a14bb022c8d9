using System.Diagnostics.Metrics;
using Halyard.Model;
using Halyard.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Halyard.Tests.Telemetry;

public sealed class CacheHitTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("halyard-hits-").FullName;
    private readonly FakeTimeProvider _clock = new();
    private readonly MeterListener _listener = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private long _hits;

    public CacheHitTests()
    {
        // The meter is the process's: only what this thread counts is this test's.
        _listener.SetMeasurementEventCallback<long>((_, value, _, _) => _hits += Environment.CurrentManagedThreadId == _thread ? value : 0);
        _listener.EnableMeasurementEvents(HalyardMetrics.Shared.CacheHits);
        _listener.Start();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _listener.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_read_is_a_hit_when_nothing_had_to_be_fetched()
    {
        // Without awaiting in between, all on one thread.
        var client = Start(new SqliteStore(Path.Combine(_folder, "flags.db")));
        var user = Context.New("u");
        Assert.True(client.BoolVariation("a", user, false));
        Assert.Equal(0, _hits);
        Assert.True(client.BoolVariation("a", user, false));
        Assert.False(client.BoolVariation("nowhere", user, false));
        Assert.Equal(1, _hits);
        Assert.False(client.BoolVariation("nowhere", user, false));
        Assert.Equal(2, _hits);
        Assert.True(client.BoolVariationAsync("a", user, false, Token).Result());
        Assert.Equal(3, _hits);
        client.AllFlagsState(user);
        Assert.Equal(3, _hits);
        client.AllFlagsState(user);
        Assert.Equal(4, _hits);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.True(client.BoolVariation("a", user, false));
        Assert.Equal(4, _hits);
    }

    private Client Start(SqliteStore store)
    {
        var text = """{"key":"a","version":1,"on":false,"offVariation":0,"variations":[true],"salt":"x"}"""u8.ToArray();
        return Task.Run(
            async () =>
            {
                await using var writer = store.CreateWriter(new(NullLoggerFactory.Instance, TimeProvider.System));
                await writer.InitAsync([new(DataKind.Flag, "a", new(1, false, text))], Token);
                return await Client.StartAsync(new() { DataSystem = DataSystem.LazyLoad(store), TimeProvider = _clock }, Token);
            },
            Token).Result();
    }
}

internal static class Waiting
{
    /// <summary>Waits on this very thread, which the count depends on.</summary>
    public static T Result<T>(this Task<T> task)
    {
#pragma warning disable xUnit1031
        Assert.True(task.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        return task.Result;
#pragma warning restore xUnit1031
    }

    public static T Result<T>(this ValueTask<T> task) => task.AsTask().Result();
}
