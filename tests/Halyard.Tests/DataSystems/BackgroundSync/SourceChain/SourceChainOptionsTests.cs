using System.Net;
using Halyard.Tests.Support;

namespace Halyard.Tests;

public sealed class SourceChainOptionsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void The_usual_chain_is_a_poll_then_stream_and_polling_then_FDv1()
    {
        var options = DataSystem.Default();
        var initializer = Assert.IsType<PollingOptions>(Assert.Single(options.Initializers));
        Assert.Equal(ProtocolVersion.Fdv2, initializer.Protocol);
        Assert.Collection(
            options.Synchronizers,
            source => Assert.Equal(ProtocolVersion.Fdv2, Assert.IsType<StreamingOptions>(source).Protocol),
            source => Assert.Equal(ProtocolVersion.Fdv2, Assert.IsType<PollingOptions>(source).Protocol));
        Assert.Equal(ProtocolVersion.Fdv1, Assert.IsType<PollingOptions>(options.Fdv1Fallback).Protocol);
        Assert.Equal(
            (TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(10)),
            (options.FallbackAfter, options.RecoverAfter, options.SlowStartTimeout));
    }

    public static TheoryData<string, SourceChainOptions> Wrong => new()
    {
        { "empty", DataSystem.Chain() },
        { "null", DataSystem.Chain().AddSynchronizers(DataSystem.Polling(), null!) },
        { "FDv1", DataSystem.Default().UseFdv1Fallback(DataSystem.Streaming(ProtocolVersion.Fdv2)) },
        { "BaseUri", DataSystem.Chain().AddSynchronizers(new StreamingOptions { BaseUri = new("ftp://x") }) },
        { "Protocol", DataSystem.Chain().AddInitializers(new PollingOptions { Protocol = 0 }) },
        { "FallbackAfter", new SourceChainOptions { FallbackAfter = TimeSpan.Zero }.AddSynchronizers(DataSystem.Polling()) },
        { "RecoverAfter", new SourceChainOptions { RecoverAfter = TimeSpan.FromSeconds(-5) }.AddSynchronizers(DataSystem.Polling()) },
        { "SlowStartTimeout", new SourceChainOptions { SlowStartTimeout = TimeSpan.MaxValue }.AddSynchronizers(DataSystem.Polling()) },
        { "InitializerTimeout", new SourceChainOptions { InitializerTimeout = TimeSpan.Zero }.AddSynchronizers(DataSystem.Polling()) },
        { "path", DataSystem.Chain().AddInitializers(DataSystem.File()) },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public async Task What_cannot_work_is_refused_with_one_error(string word, SourceChainOptions options)
    {
        var error = await Assert.ThrowsAnyAsync<ArgumentException>(() => Client.StartAsync(new() { SdkKey = "k", DataSystem = options }, Token));
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_polls_once_and_then_streams_from_that_state_over_the_same_connections()
    {
        using var service = new ScriptedHandler();
        service.ThenJson(WireEvent.Body(WireEvent.Full, WireEvent.Put("a", 1), WireEvent.Transferred("one"))).ThenStream(out var stream);
        var handlers = 0;
        await using var client = await Client.StartAsync(
            Options(DataSystem.Default(), () =>
            {
                handlers++;
                return service;
            }),
            Token);
        Assert.True(client.Initialized);
        await service.Requests.EntryAsync(2);
        Assert.Equal(
            ["/sdk/poll", "/sdk/stream?basis=one"], service.Requests.Entries.Select(r => r.RequestUri!.PathAndQuery));
        var active = client.DataSourceStatus.Current.Active!;
        Assert.Equal(("fdv2-streaming", "fdv2-polling initializer"), (active.Name, active.PreviousName));
        Assert.Equal(1, handlers);
        Assert.False(service.Disposed);
        await client.DisposeAsync();
        Assert.True(service.Disposed);
    }

    [Fact]
    public async Task An_order_leads_to_FDv1()
    {
        using var service = new ScriptedHandler();
        service
            .Then(HttpStatusCode.Forbidden, r => r.Headers.Add("X-LD-FD-Fallback", "true"))
            .ThenJson("""{"flags":{"a":{"key":"a","version":1}}}""");
        await using var client = await Client.StartAsync(Options(DataSystem.Default(), () => service), Token);
        Assert.True(client.Initialized);
        Assert.Equal(["/sdk/poll", "/sdk/latest-all"], service.Requests.Entries.Select(r => r.RequestUri!.PathAndQuery));
        Assert.Equal("polling", client.DataSourceStatus.Current.Active!.Name);
    }

    [Fact]
    public async Task FDv2_can_be_spoken_by_one_source_alone_at_an_address_of_its_own()
    {
        using var service = new ScriptedHandler();
        service.ThenStreamOf(WireEvent.Stream(WireEvent.Full, WireEvent.Put("a", 1), WireEvent.Transferred("one")));
        var source = DataSystem.Streaming(ProtocolVersion.Fdv2);
        source.BaseUri = new("http://own.test/prefix");
        await using var client = await Client.StartAsync(Options(source, () => service), Token);
        Assert.True(client.Initialized);
        Assert.Equal("http://own.test/prefix/sdk/stream", service.Requests.Entries[0].RequestUri!.AbsoluteUri);
    }

    [Fact]
    public async Task A_wrong_key_releases_the_start_and_no_source_is_pressed()
    {
        using var service = new ScriptedHandler();
        service.Then(HttpStatusCode.Unauthorized).Then(HttpStatusCode.Unauthorized).Then(HttpStatusCode.Unauthorized);
        var options = Options(DataSystem.Default(), () => service);
        options.StartTimeout = Timeout.InfiniteTimeSpan;
        await using var client = await Client.StartAsync(options, Token);
        Assert.False(client.Initialized);
        Assert.Equal(["/sdk/poll", "/sdk/stream", "/sdk/poll"], service.Requests.Entries.Select(r => r.RequestUri!.PathAndQuery));
        Assert.Equal(401, client.DataSourceStatus.Current.LastError!.StatusCode);
    }

    [Fact]
    public void Sources_of_one_kind_are_told_apart_by_number()
    {
        var options = DataSystem.Chain()
            .AddInitializers(DataSystem.Polling(ProtocolVersion.Fdv2))
            .AddSynchronizers(DataSystem.Polling(ProtocolVersion.Fdv2), DataSystem.Polling(ProtocolVersion.Fdv2), DataSystem.TestData(new()))
            .UseFdv1Fallback(DataSystem.Polling());
        var client = new ClientOptions { SdkKey = "k" };
        var settings = new DataSystemBuilder(new(client, new(client.TimeProvider), new(null), "id")).ChainSettings(options);
        Assert.Equal(
            ["fdv2-polling initializer", "fdv2-polling", "fdv2-polling 2", "test data", "polling"],
            settings.Initializers.Concat(settings.Synchronizers).Append(settings.Fdv1Fallback!).Select(e => e.Name));
    }

    private static ClientOptions Options(DataSystemOptions source, Func<HttpMessageHandler> handler)
    {
        var options = new ClientOptions
        {
            SdkKey = "k",
            DataSystem = source,
            Endpoints = ServiceEndpoints.At(new("http://flags.test")),
            StartTimeout = TimeSpan.FromSeconds(30),
        };
        options.Http.HandlerFactory = handler;
        return options;
    }
}
