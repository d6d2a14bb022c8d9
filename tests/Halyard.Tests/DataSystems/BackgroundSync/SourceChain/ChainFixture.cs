using System.Collections.Concurrent;
using System.Globalization;
using Halyard.DataComponents;
using Halyard.DataInterfaces;
using Halyard.DataSystems;
using Halyard.Model;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.Tests;

/// <summary>A chain of scripted sources under fake time and without jitter.</summary>
internal sealed class ChainFixture : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, FakeSource> _sources = new();
    private SourceChain? _chain;
    private int _seen;

    public ChainFixture() => Status = new(Time);

    public RecordingTimeProvider Time { get; } = new();

    public DataSourceStatusManager Status { get; }

    public FakeLogger Log { get; } = new();

    public MemoryStore Store { get; } = new();

    public SwitchingRules Rules { get; set; } = SwitchingRules.Of(new());

    public List<SourceFactory> Initializers { get; } = [];

    public List<SourceFactory> Synchronizers { get; } = [];

    public SourceFactory? Fdv1Fallback { get; set; }

    /// <summary>What was started, when and from which state: <c>120 b@s1</c>.</summary>
    public Journal<string> Starts { get; } = new();

    /// <summary>What was disposed.</summary>
    public Journal<string> Ends { get; } = new();

    public DataSourceState State => Status.Current.State;

    public FakeSource this[string name] => _sources[name];

    private double Seconds => (Time.GetUtcNow() - new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)).TotalSeconds;

    public SourceFactory Source(string name) => new(name, status =>
    {
        var source = new FakeSource(name, status, this);
        _sources[name] = source;
        return source;
    });

    public SourceFactory Initializer(string name, Func<IDataDestination, Task<SourceFailure?>> fetch) =>
        Source(name) with { CreateInitializer = _ => new FakeInitializer(name, this, fetch) };

    public async Task StartAsync(Selector held = default)
    {
        _chain = new(new(Initializers, Synchronizers, Fdv1Fallback, Rules), Status, Time, Log, random: () => 0);
        await _chain.StartAsync(Store, new(held), TestContext.Current.CancellationToken);
    }

    public void Started(string name, Bootstrap? bootstrap) =>
        Starts.Add(string.Create(CultureInfo.InvariantCulture, $"{Seconds} {name}{(bootstrap?.Selector is { IsEmpty: false } s ? "@" + s.State : "")}"));

    /// <summary>Waits for the next start, which must be the given one, now.</summary>
    public async Task NextAsync(string name)
    {
        var entry = await Starts.EntryAsync(++_seen);
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{Seconds} {name}"), entry);
        if (!name.Contains('@', StringComparison.Ordinal))
        {
            Assert.True(_seen == 1 || Ends.Count >= _seen - 1, "There were two sources at once.");
        }
    }

    /// <summary>
    /// Plays a timeline: <c>&gt;a</c> a starts now, <c>&gt;a@s</c> from a state, <c>a:valid</c>, <c>a:fail</c>,
    /// <c>a:401</c>, <c>a:off</c>, <c>a:progress</c>, <c>a:data=s</c> reports, <c>a:v1/60</c> an order, <c>+60</c> seconds pass,
    /// <c>~60</c> seconds pass as soon as they are waited for.
    /// </summary>
    public async Task PlayAsync(string timeline)
    {
        foreach (var step in timeline.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (step[0] == '>')
            {
                await NextAsync(step[1..]);
            }
            else if (step[0] == '~')
            {
                await Time.PassAsync(TimeSpan.FromSeconds(int.Parse(step[1..], CultureInfo.InvariantCulture)));
            }
            else if (step[0] == '+')
            {
                Time.Advance(TimeSpan.FromSeconds(int.Parse(step, CultureInfo.InvariantCulture)));
            }
            else
            {
                var colon = step.IndexOf(':', StringComparison.Ordinal);
                this[step[..colon]].Do(step[(colon + 1)..]);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_chain is not null)
        {
            await _chain.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        }

        // Nothing started that was not expected, and nothing is left behind.
        Assert.Equal(_seen, Starts.Count);
        Assert.Equal(Starts.Count, Ends.Count);
        Status.Close();
        // The platform releases the timer of a delay just after it has told of its cancellation.
        await Conditions.UntilAsync(() => Time.TimersAlive == 0);
    }

    internal sealed class FakeSource(string name, IDataSourceStatusReporter status, ChainFixture fixture) : IDataSynchronizer
    {
        public string Identity => name;

        public IDataDestination? Destination { get; private set; }

        public Func<CancellationToken, Task>? OnStart { get; set; }

        public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
        {
            Destination = destination;
            fixture.Started(name, bootstrap);
            return OnStart?.Invoke(cancellationToken) ?? Task.CompletedTask;
        }

        public void Do(string what)
        {
            switch (what.Split('=', '/'))
            {
                case ["valid"]:
                    status.ReportValid();
                    break;
                case ["fail"]:
                    status.ReportInterrupted(DataSourceErrorKind.NetworkError, name + " fails");
                    break;
                case ["401"]:
                    status.ReportUnexpected(DataSourceErrorKind.ErrorResponse, name + " is refused", 401);
                    break;
                case ["off"]:
                    status.ReportOff(DataSourceErrorKind.ErrorResponse, name + " is off", 403);
                    break;
                case ["progress"]:
                    ((ISourceEvents)status).ReportProgress();
                    break;
                case ["data", var state]:
                    Destination!.Apply(new(ChangeSetKind.Full, [ItemDescriptor.Tombstone(DataKind.Flag, "from-" + name, 1)], new(state, 1)));
                    status.ReportValid();
                    break;
                case ["v1", var seconds]:
                    ((ISourceEvents)status).ReportFallback(
                        new(seconds == "0" ? null : TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture))), SourceFailure.Ordered);
                    break;
                default:
                    throw new ArgumentException(what);
            }
        }

        public ValueTask DisposeAsync()
        {
            fixture.Ends.Add(name);
            return ValueTask.CompletedTask;
        }
    }

    private sealed class FakeInitializer(string name, ChainFixture fixture, Func<IDataDestination, Task<SourceFailure?>> fetch) : IDataInitializer
    {
        public Task<SourceFailure?> FetchAsync(IDataDestination destination, Selector held, CancellationToken cancellationToken)
        {
            fixture.Started(name, new(held));
            return fetch(destination).WaitAsync(cancellationToken);
        }

        public ValueTask DisposeAsync()
        {
            fixture.Ends.Add(name);
            return ValueTask.CompletedTask;
        }
    }
}
