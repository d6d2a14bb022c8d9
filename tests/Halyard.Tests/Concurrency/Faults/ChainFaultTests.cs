using System.Net;
using Halyard.Tests.Support;

namespace Halyard.Tests.Faults;

/// <summary>Whatever is thrown into the loop of a chain of sources: the chain goes on bringing data.</summary>
public sealed class ChainFaultTests
{
    [Fact]
    public Task A_chain_goes_on() => FaultSweep.RunAsync(clock => new Chain(clock), "chain: ", except: "chain: end");

    [Fact]
    public async Task A_chain_that_has_no_source_left_is_off_though_its_end_fails_at_first()
    {
        for (var kind = 0; kind < Fault.Kinds.Length; kind++)
        {
            var clock = new FaultyClock(new("chain: end", 1, kind));
            using var service = new ScriptedHandler().Then(HttpStatusCode.Unauthorized);
            var options = new ClientOptions
            {
                SdkKey = "key",
                TimeProvider = clock,
                DataSystem = DataSystem.Chain().AddSynchronizers(new StreamingOptions { UnexpectedStatus = UnexpectedStatusPolicy.Stop }),
            };
            options.Http.HandlerFactory = () => service;
            await using var client = await Client.StartAsync(options, TestContext.Current.CancellationToken);
            await Conditions.UntilAsync(() => clock.HasThrown && client.DataSourceStatus.Current.State == DataSourceState.Off);
            Assert.Equal(401, client.DataSourceStatus.Current.LastError!.StatusCode);
        }
    }

    /// <summary>An initializer, then two streams that the service refuses at first, so that both are set aside for a while.</summary>
    private sealed class Chain(FaultyClock clock) : ClientScenario(clock)
    {
        private readonly LiveService _service = new();

        public override void Change(int version) => _service.Put(version);

        public override async Task ActAsync()
        {
            for (var i = 0; i < 2; i++)
            {
                _service.Script.Enqueue(static () => new(HttpStatusCode.Unauthorized));
            }

            _service.Cut();
            await Conditions.UntilAsync(() => _service.Script.IsEmpty);
            Change(7);
            await Conditions.UntilAsync(() => HasArrived(7) || Clock.HasThrown);
        }

        protected override void Configure(ClientOptions options)
        {
            options.DataSystem = DataSystem.Chain()
                .AddInitializers(new PollingOptions { Protocol = ProtocolVersion.Fdv1 })
                .AddSynchronizers(
                    new StreamingOptions { ReadTimeout = TimeSpan.FromHours(10), MaxReconnectDelay = TimeSpan.FromSeconds(1) },
                    new StreamingOptions { ReadTimeout = TimeSpan.FromHours(10), MaxReconnectDelay = TimeSpan.FromSeconds(1) });
            options.Http.HandlerFactory = () => _service;
            options.Http.ResponseTimeout = TimeSpan.FromHours(10);
        }
    }
}
