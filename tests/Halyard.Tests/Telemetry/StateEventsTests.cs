using System.Diagnostics;
using Halyard.DataComponents.Status;
using Halyard.Tests.Clients;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.Tests.Telemetry;

/// <summary>What listeners to diagnostics hear of a client. They hear of every client of the process, so nothing runs beside these tests.</summary>
[Collection(typeof(Alone))]
public sealed class StateEventsTests
{
    [Fact]
    public async Task Each_change_of_state_is_an_event_with_what_came_before_and_why()
    {
        var heard = new Journal<DataSourceStateChange>();
        using (Listen(change => change.Client == "heard", heard.Add))
        {
            ScriptedSource source = null!;
            var client = await StartAsync("heard", context => source = new(context.Status));
            source.Status.ReportInterrupted(DataSourceErrorKind.NetworkError, "not yet");
            source.Status.ReportValid();
            source.Status.ReportValid();
            source.Status.ReportInterrupted(DataSourceErrorKind.ErrorResponse, "busy", 503);
            source.Status.ReportInterrupted(DataSourceErrorKind.ErrorResponse, "busy", 503);
            source.Status.ReportValid();
            await client.DisposeAsync();
            await heard.UntilAsync(all => all.Count == 4);
            Assert.Equal(
                [
                    (DataSourceState.Initializing, DataSourceState.Valid),
                    (DataSourceState.Valid, DataSourceState.Interrupted),
                    (DataSourceState.Interrupted, DataSourceState.Valid),
                    (DataSourceState.Valid, DataSourceState.Off),
                ],
                heard.Entries.Select(change => (change.Previous, change.Status.State)));
            Assert.Equal((503, "busy"), (heard.Entries[1].Status.LastError!.StatusCode, heard.Entries[1].Status.LastError!.Message));
        }

        await using var unheard = await StartAsync("heard", context => new ScriptedSource(context.Status));
        Assert.Equal(4, heard.Entries.Count);
    }

    [Fact]
    public async Task A_listener_that_throws_disturbs_no_client()
    {
        using var listening = Listen(change => change.Client == "throws", _ => throw new InvalidOperationException("no room"));
        ScriptedSource source = null!;
        await using var client = await StartAsync("throws", context => source = new(context.Status));
        source.Status.ReportValid();
        source.Status.ReportInterrupted(DataSourceErrorKind.NetworkError, "gone");
        Assert.Equal(DataSourceState.Interrupted, client.DataSourceStatus.Current.State);
    }

    [Fact]
    public void While_nobody_listens_a_change_allocates_nothing_for_it()
    {
        var events = new StateEvents("quiet", HalyardTelemetry.Diagnostics, HalyardTelemetry.StateChangedEventName, NullLogger.Instance);
        var status = new DataSourceStatus(DataSourceState.Valid, DateTimeOffset.UnixEpoch, null, null);
        events.Note(DataSourceState.Initializing, status);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            events.Note(DataSourceState.Initializing, status);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static Task<Client> StartAsync(string name, Func<DataSourceContext, IDataSynchronizer> source) => Client.StartAsync(
        new() { Name = name, StartTimeout = TimeSpan.Zero, DataSystem = DataSystem.FromSynchronizer(source) }, Clients.Clients.Token);

    private static CompositeEnd Listen(Func<DataSourceStateChange, bool> isMine, Action<DataSourceStateChange> hear)
    {
        var ends = new CompositeEnd();
        ends.Add(DiagnosticListener.AllListeners.Subscribe(new Observer<DiagnosticListener>(listener =>
        {
            if (listener.Name == HalyardTelemetry.DiagnosticListenerName)
            {
                ends.Add(listener.Subscribe(
                    new Observer<KeyValuePair<string, object?>>(said =>
                    {
                        if (said.Value is DataSourceStateChange change && isMine(change))
                        {
                            hear(change);
                        }
                    }),
                    static name => name == HalyardTelemetry.StateChangedEventName));
            }
        })));
        return ends;
    }

    private sealed class CompositeEnd : IDisposable
    {
        private readonly List<IDisposable> _ends = [];

        public void Add(IDisposable end)
        {
            lock (_ends)
            {
                _ends.Add(end);
            }
        }

        public void Dispose()
        {
            lock (_ends)
            {
                _ends.ForEach(static end => end.Dispose());
            }
        }
    }

    private sealed class Observer<T>(Action<T> onNext) : IObserver<T>
    {
        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void OnNext(T value) => onNext(value);
    }
}
