using System.Net;
using Halyard.Tests.Support;

namespace Halyard.Tests.Faults;

/// <summary>Whatever is thrown into a source's loop, and wherever: it goes on bringing data.</summary>
public sealed class SourceFaultTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task A_stream_goes_on() => FaultSweep.RunAsync(clock => new Streaming(clock), "stream: ", except: "stream: stop");

    [Fact]
    public Task A_poll_goes_on() => FaultSweep.RunAsync(clock => new Polling(clock), "poll: ");

    [Fact]
    public async Task A_stream_that_is_to_stop_is_off_though_telling_so_fails_at_first()
    {
        for (var kind = 0; kind < Fault.Kinds.Length; kind++)
        {
            var clock = new FaultyClock(new("stream: stop", 1, kind));
            var scenario = new Streaming(clock) { Policy = UnexpectedStatusPolicy.Stop };
            for (var i = 0; i < 2; i++)
            {
                scenario.Service.Script.Enqueue(static () => new(HttpStatusCode.Unauthorized));
            }

            await scenario.StartAsync();
            await Conditions.UntilAsync(() => scenario.State == DataSourceState.Off);
            Assert.True(clock.HasThrown && scenario.IsTold);
            await scenario.DisposeAsync();
        }
    }

    private sealed class Streaming(FaultyClock clock) : ClientScenario(clock)
    {
        public LiveService Service { get; } = new();

        public UnexpectedStatusPolicy Policy { get; init; }

        public DataSourceState State => Client.DataSourceStatus.Current.State;

        public override void Change(int version) => Service.Put(version);

        public override async Task ActAsync()
        {
            await base.ActAsync();
            Service.Cut();
            Service.Put(5);
            await Conditions.UntilAsync(() => HasArrived(5) || Clock.HasThrown);
        }

        protected override void Configure(ClientOptions options)
        {
            options.DataSystem = new StreamingOptions { ReadTimeout = TimeSpan.FromHours(10), UnexpectedStatus = Policy };
            options.Http.HandlerFactory = () => Service;
            options.Http.ResponseTimeout = TimeSpan.FromHours(10);
        }
    }

    private sealed class Polling(FaultyClock clock) : ClientScenario(clock)
    {
        private readonly LiveService _service = new();

        public override void Change(int version) => _service.Put(version);

        protected override void Configure(ClientOptions options)
        {
            options.DataSystem = new PollingOptions { Interval = TimeSpan.FromSeconds(30) };
            options.Http.HandlerFactory = () => _service;
            options.Http.ResponseTimeout = TimeSpan.FromHours(10);
        }
    }
}
