using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Halyard.Tests.Hosting;

public sealed class ClientSettingsTests
{
    [Fact]
    public void Every_setting_reaches_its_option()
    {
        var options = Read("""
            {
              "SdkKey": "sdk-1", "StartTimeout": "00:00:02", "Offline": true,
              "Endpoints": { "Base": "http://relay:8030/prefix", "Events": "https://events.example.com" },
              "Http": {
                "ConnectTimeout": "00:00:03", "ResponseTimeout": "00:00:04", "MinimumBytesPerSecond": 2048, "MinimumRateWindow": "00:00:20", "Proxy": "http://proxy:3128", "SkipCertificateValidation": "true",
                "Headers": { "X-One": "1", "X-Two": "2" }, "ApplicationId": "shop", "ApplicationVersion": "1.2", "ApplicationName": "Shop",
                "ApplicationVersionName": "one two", "WrapperName": "wrap", "WrapperVersion": "3"
              },
              "Snapshot": { "Path": "flags.snapshot", "Interval": "00:01:00", "WaitForFreshData": true },
              "DataSystem": {
                "Kind": "Streaming", "InitialReconnectDelay": "00:00:05", "MaxReconnectDelay": "00:00:50", "ReconnectDelayReset": "00:02:00",
                "ReadTimeout": "00:06:00", "PayloadFilter": "web", "UnexpectedStatus": "stop", "RetryTlsFailuresSlowly": false, "MaxEventBytes": 3000000000
              }
            }
            """);

        Assert.Equal("sdk-1", options.SdkKey);
        Assert.Equal(TimeSpan.FromSeconds(2), options.StartTimeout);
        Assert.True(options.Offline);
        Assert.Equal(new Uri("http://relay:8030/prefix"), options.Endpoints.Streaming);
        Assert.Equal(new Uri("http://relay:8030/prefix"), options.Endpoints.Polling);
        Assert.Equal(new Uri("https://events.example.com"), options.Endpoints.Events);
        Assert.Equal(TimeSpan.FromSeconds(3), options.Http.ConnectTimeout);
        Assert.Equal(TimeSpan.FromSeconds(4), options.Http.ResponseTimeout);
        Assert.Equal((2048, TimeSpan.FromSeconds(20)), (options.Http.MinimumBytesPerSecond, options.Http.MinimumRateWindow));
        Assert.Equal(new Uri("http://proxy:3128"), options.Http.Proxy!.GetProxy(new("https://example.com")));
        Assert.True(options.Http.SkipCertificateValidation);
        Assert.Equal(("1", "2"), (options.Http.Headers["x-one"], options.Http.Headers["X-Two"]));
        Assert.Equal(("shop", "1.2", "Shop", "one two"), (options.Http.ApplicationId, options.Http.ApplicationVersion, options.Http.ApplicationName, options.Http.ApplicationVersionName));
        Assert.Equal(("wrap", "3"), (options.Http.WrapperName, options.Http.WrapperVersion));
        Assert.Equal(("flags.snapshot", TimeSpan.FromMinutes(1), true), (options.Snapshot!.Path, options.Snapshot.Interval, options.Snapshot.WaitForFreshData));
        var streaming = Assert.IsType<StreamingOptions>(options.DataSystem);
        Assert.Equal(TimeSpan.FromSeconds(5), streaming.InitialReconnectDelay);
        Assert.Equal(TimeSpan.FromSeconds(50), streaming.MaxReconnectDelay);
        Assert.Equal(TimeSpan.FromMinutes(2), streaming.ReconnectDelayReset);
        Assert.Equal(TimeSpan.FromMinutes(6), streaming.ReadTimeout);
        Assert.Equal("web", streaming.PayloadFilter);
        Assert.Equal(UnexpectedStatusPolicy.Stop, streaming.UnexpectedStatus);
        Assert.False(streaming.RetryTlsFailuresSlowly);
        Assert.Equal(3_000_000_000, streaming.MaxEventBytes);
    }

    [Fact]
    public void Polling_and_files_have_their_own_settings()
    {
        var polling = Assert.IsType<PollingOptions>(Read(
            """{"DataSystem":{"Kind":"polling","Interval":"00:00:45","AllowShortIntervals":true,"MaxBodyBytes":1000000}}""").DataSystem);
        Assert.Equal((TimeSpan.FromSeconds(45), true, 1_000_000), (polling.Interval, polling.AllowShortIntervals, polling.MaxBodyBytes));

        var file = Assert.IsType<FileSourceOptions>(Read(
            """{"DataSystem":{"Kind":"FILE","Paths":["a.json","b.json"],"Reload":false,"Debounce":"00:00:01"}}""").DataSystem);
        Assert.Equal(["a.json", "b.json"], file.Paths);
        Assert.Equal((false, TimeSpan.FromSeconds(1)), (file.Reload, file.Debounce));
        Assert.Equal(["a.json"], Assert.IsType<FileSourceOptions>(Read("""{"DataSystem":{"Kind":"file","Paths":"a.json"}}""").DataSystem).Paths);
    }

    [Fact]
    public void Overrides_are_files_with_the_settings_of_a_file_source()
    {
        var overrides = Read("""{"Overrides":{"Paths":["a.json","b.json"],"DuplicateKeys":"firstWins","PollInterval":"00:00:10"}}""").Overrides!;
        Assert.Equal(["a.json", "b.json"], overrides.Paths);
        Assert.Equal((DuplicateKeys.FirstWins, TimeSpan.FromSeconds(10), true), (overrides.DuplicateKeys, overrides.PollInterval, overrides.Reload));
        Assert.Null(Read("""{"Overrides":{"Enabled":false,"Paths":"a.json"}}""").Overrides);
        Assert.Null(Read("{}").Overrides);
    }

    [Fact]
    public void A_chain_of_sources_is_read_in_its_order()
    {
        var chain = Assert.IsType<SourceChainOptions>(Read(
            """
            {"DataSystem":{"Kind":"custom","FallbackAfter":"00:01:00","RecoverAfter":"infinite","SlowStartTimeout":"00:00:07","InitializerTimeout":"00:00:08",
              "Initializers":[{"Kind":"file","Paths":"flags.json"},{"Kind":"polling"}],
              "Synchronizers":[{"Kind":"streaming","BaseUri":"https://flags.example.com"},{"Kind":"polling","Protocol":"Fdv1"}],
              "Fdv1Fallback":{"Kind":"streaming"}}}
            """).DataSystem);
        Assert.Equal([typeof(FileSourceOptions), typeof(PollingOptions)], chain.Initializers.Select(source => source.GetType()));
        var streaming = Assert.IsType<StreamingOptions>(chain.Synchronizers[0]);
        Assert.Equal((ProtocolVersion.Fdv2, new Uri("https://flags.example.com")), (streaming.Protocol, streaming.BaseUri));
        Assert.Equal(ProtocolVersion.Fdv1, Assert.IsType<PollingOptions>(chain.Synchronizers[1]).Protocol);
        Assert.Equal(ProtocolVersion.Fdv1, Assert.IsType<StreamingOptions>(chain.Fdv1Fallback).Protocol);
        Assert.Equal((TimeSpan.FromMinutes(1), Timeout.InfiniteTimeSpan), (chain.FallbackAfter, chain.RecoverAfter));
        Assert.Equal((TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(8)), (chain.SlowStartTimeout, chain.InitializerTimeout));
    }

    [Fact]
    public void The_usual_chain_keeps_the_sources_that_are_not_named()
    {
        var usual = DataSystem.Default();
        var chain = Assert.IsType<SourceChainOptions>(Read("""{"DataSystem":{"Kind":"default","Synchronizers":[{"Kind":"polling"}]}}""").DataSystem);
        Assert.Equal(usual.Initializers.Count, chain.Initializers.Count);
        Assert.IsType<PollingOptions>(Assert.Single(chain.Synchronizers));
        Assert.Equal(usual.Fdv1Fallback?.GetType(), chain.Fdv1Fallback?.GetType());
    }

    [Fact]
    public void A_store_among_the_services_can_be_read_on_demand_or_first()
    {
        var store = new SqliteStore("flags.db");
        var daemon = Assert.IsType<LazyLoadOptions>(Read("""{"DataSystem":{"Kind":"daemon","Ttl":"00:00:10","TtlJitter":0.25,"MaxItems":50}}""", store).DataSystem);
        Assert.Equal((TimeSpan.FromSeconds(10), 0.25, 50), (daemon.Ttl, daemon.TtlJitter, daemon.MaxItems));
        var first = Assert.IsType<SourceChainOptions>(Read("""{"DataSystem":{"Kind":"persistentStore"}}""", store).DataSystem);
        Assert.NotNull(first.ReadFirst);
    }

    [Fact]
    public void Events_have_their_own_settings()
    {
        var events = Read(
            """
            {"Events":{"Capacity":500,"FlushInterval":"00:00:02","ContextKeysCapacity":50,"ContextKeysResetInterval":"00:01:00",
              "AllAttributesPrivate":true,"PrivateAttributes":["email","/address/street"],"OmitAnonymousContexts":true,"Gzip":true,
              "Diagnostics":true,"DiagnosticsInterval":"00:20:00"}}
            """).Events!;
        Assert.Equal((500, TimeSpan.FromSeconds(2)), (events.Capacity, events.FlushInterval));
        Assert.Equal((50, TimeSpan.FromMinutes(1)), (events.ContextKeysCapacity, events.ContextKeysResetInterval));
        Assert.Equal((true, true, true, true), (events.AllAttributesPrivate, events.OmitAnonymousContexts, events.Gzip, events.Diagnostics));
        Assert.Equal(["email", "/address/street"], events.PrivateAttributes);
        Assert.Equal(TimeSpan.FromMinutes(20), events.DiagnosticsInterval);
    }

    [Fact]
    public void A_store_among_the_services_can_be_written_through_and_asked_for_big_segments()
    {
        var store = new SqliteStore("flags.db");
        var options = Read(
            """
            {"WriteThrough":{"Mode":"SystemOfRecord","Cache":{"Ttl":"00:00:09"},"MarkerCheckInterval":"infinite","WriteTimeout":"00:00:07","FlushTimeout":"00:00:08"},
             "BigSegments":{"ContextCacheSize":10,"ContextCacheTime":"00:00:01","StatusPollInterval":"00:00:02","StaleAfter":"00:00:03","QueryTimeout":"00:00:04"}}
            """,
            store);
        var writing = options.WriteThrough!;
        Assert.Equal((StoreMode.SystemOfRecord, TimeSpan.FromSeconds(9)), (writing.Mode, writing.Cache!.Ttl));
        Assert.Same(store, writing.Store);
        Assert.Equal(
            (Timeout.InfiniteTimeSpan, TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(8)),
            (writing.MarkerCheckInterval, writing.WriteTimeout, writing.FlushTimeout));
        var segments = options.BigSegments!;
        Assert.Same(store, segments.OpenStore.Target);
        Assert.Equal((10, TimeSpan.FromSeconds(1)), (segments.ContextCacheSize, segments.ContextCacheTime));
        Assert.Equal(
            (TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(4)),
            (segments.StatusPollInterval, segments.StaleAfter, segments.QueryTimeout));
    }

    [Fact]
    public void What_has_no_settings_of_its_own_is_turned_on_or_off_by_a_word()
    {
        var store = new SqliteStore("flags.db");
        var on = Read("""{"Events":{"Enabled":true},"WriteThrough":{"Enabled":true},"BigSegments":{"Enabled":true},"TracingHook":{"Enabled":true}}""", store);
        Assert.NotNull(on.Events);
        Assert.NotNull(on.WriteThrough);
        Assert.NotNull(on.BigSegments);
        Assert.IsType<TracingHook>(Assert.Single(on.Hooks));
        var off = Read(
            """{"Events":{"Enabled":false,"Gzip":true},"WriteThrough":{"Enabled":false},"BigSegments":{"Enabled":false},"TracingHook":{"Enabled":false}}""", store);
        Assert.Null(off.Events);
        Assert.Null(off.WriteThrough);
        Assert.Null(off.BigSegments);
        Assert.Empty(off.Hooks);
    }

    [Fact]
    public void The_tracing_hook_is_made_as_its_settings_say()
    {
        var options = Read(
            """{"TracingHook":{"EventName":"feature_flag","ProviderName":"LaunchDarkly","IncludeValue":true,"EnvironmentId":"env-1"}}""");
        var hook = Assert.IsType<TracingHook>(Assert.Single(options.Hooks));
        using var activity = new Activity("work").Start();
        var evaluation = new EvaluationSeriesContext("flag", Context.New("user-1"), Value.Of(false), "BoolVariation", null);
        hook.AfterEvaluation(evaluation, ImmutableDictionary<string, object>.Empty, new(Value.Of(true), 0, EvaluationReason.Off));
        var told = Assert.Single(activity.Events);
        var tags = told.Tags.ToDictionary();
        Assert.Equal("feature_flag", told.Name);
        Assert.Equal(
            ("LaunchDarkly", true, "env-1"),
            (tags["feature_flag.provider.name"], tags["feature_flag.result.value"], tags["feature_flag.set.id"]));
    }

    [Fact]
    public void What_is_not_said_stays_as_it_is()
    {
        var options = Read("{}");
        Assert.IsType<StreamingOptions>(options.DataSystem);
        Assert.Null(options.Snapshot);
        Assert.Equal(TimeSpan.FromSeconds(5), options.StartTimeout);
    }

    [Theory]
    [InlineData("""{"StartTimeout":"soon"}""", "Halyard:StartTimeout is 'soon'; it must be a time")]
    [InlineData("""{"StartTimeout":"5"}""", "Halyard:StartTimeout is '5'; it must be a time")]
    [InlineData("""{"Offline":"maybe"}""", "Halyard:Offline is 'maybe'; it must be true or false")]
    [InlineData("""{"SdkKey":{"a":1}}""", "Halyard:SdkKey is a section; it must be a text")]
    [InlineData("""{"Snapshot":"flags"}""", "Halyard:Snapshot is 'flags'; it must be a section")]
    [InlineData("""{"Snapshot":{"Pfad":"x"}}""", "Halyard:Snapshot:Pfad is no setting; there are Interval, Path, WaitForFreshData.")]
    [InlineData("""{"Endpoints":{"Base":"relay"}}""", "Halyard:Endpoints:Base is 'relay'; it must be an absolute address")]
    [InlineData("""{"DataSystem":{"Interval":"00:00:30"}}""", "Halyard:DataSystem:Kind is missing; it must be default, custom, daemon, persistentStore, streaming, polling or file")]
    [InlineData("""{"DataSystem":{"Kind":"pigeon","Height":3}}""", "Halyard:DataSystem:Kind is 'pigeon'; it must be default, custom, daemon, persistentStore, streaming, polling or file")]
    [InlineData("""{"DataSystem":{"Kind":"daemon"}}""", "Halyard:DataSystem:Kind is 'daemon', which needs a store")]
    [InlineData("""{"WriteThrough":{"WriteTimeout":"00:00:01"}}""", "Halyard:WriteThrough needs a store: register an IPersistentStore")]
    [InlineData("""{"BigSegments":{"StaleAfter":"00:00:01"}}""", "Halyard:BigSegments needs a store: register an IPersistentStore")]
    [InlineData("""{"Events":{"Capacity":"many"}}""", "Halyard:Events:Capacity is 'many'; it must be a whole number")]
    [InlineData("""{"Events":{"Capacity":"3000000000"}}""", "Halyard:Events:Capacity is '3000000000'; it must be a whole number")]
    [InlineData("""{"Events":{"Gzip":"yes"}}""", "Halyard:Events:Gzip is 'yes'; it must be true or false")]
    [InlineData("""{"StartTimeuot":"00:00:01"}""", "Halyard:StartTimeuot is no setting; did you mean StartTimeout? There are BigSegments")]
    [InlineData("""{"Events":{"Interval":"00:00:01"}}""", "Halyard:Events:Interval is no setting; there are AllAttributesPrivate")]
    [InlineData("""{"Events":{"PrivateAttributes":["a",""]}}""", "Halyard:Events:PrivateAttributes:1 is empty")]
    [InlineData("""{"TracingHook":{"Enabled":"on"}}""", "Halyard:TracingHook:Enabled is 'on'; it must be true or false")]
    [InlineData("""{"DataSystem":{"Kind":"custom","Synchronizers":[{"Kind":"smoke"}]}}""", "Halyard:DataSystem:Synchronizers:0:Kind is 'smoke'; it must be streaming, polling or file")]
    [InlineData("""{"DataSystem":{"Kind":"default","Synchronizers":[{"Kind":"polling","Height":1}]}}""", "Halyard:DataSystem:Synchronizers:0:Height is no setting")]
    [InlineData("""{"DataSystem":{"Kind":"polling","UnexpectedStatus":"7"}}""", "Halyard:DataSystem:UnexpectedStatus is '7'; it must be one of ")]
    [InlineData("""{"DataSystem":{"Kind":"streaming","MaxEventBytes":"256 MiB"}}""", "Halyard:DataSystem:MaxEventBytes is '256 MiB'; it must be a whole number")]
    [InlineData("""{"Http":{"MinimumBytesPerSecond":"3000000000"}}""", "Halyard:Http:MinimumBytesPerSecond is '3000000000'; it must be a whole number")]
    [InlineData("""{"Http":{"MinimumRateWindow":"30"}}""", "Halyard:Http:MinimumRateWindow is '30'; it must be a time")]
    [InlineData("""{"DataSystem":{"Kind":"polling","MaxBodyBytes":"1e3"}}""", "Halyard:DataSystem:MaxBodyBytes is '1e3'; it must be a whole number")]
    [InlineData("""{"DataSystem":{"Kind":"file","Paths":["a",""]}}""", "Halyard:DataSystem:Paths:1 is empty")]
    public void A_wrong_setting_is_named_by_its_path(string json, string message)
    {
        var error = Assert.Throws<OptionsValidationException>(() => Read(json));
        Assert.Contains(message, Assert.Single(error.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void All_wrong_settings_are_named_at_once()
    {
        var error = Assert.Throws<OptionsValidationException>(() => Read("""{"Offlin":true,"StartTimeout":"x","Http":{"Proxy":"y"}}"""));
        Assert.Equal(3, error.Failures.Count());
    }

    private static ClientOptions Read(string json, IPersistentStore? store = null)
    {
        using var text = new MemoryStream(Encoding.UTF8.GetBytes($$"""{"Halyard":{{json}}}"""));
        var configuration = new ConfigurationBuilder().AddJsonStream(text).Build();
        var options = new ClientOptions();
        ClientSettings.Apply(configuration.GetSection("Halyard"), options, new(store, store as IBigSegmentStoreFactory));
        return options;
    }
}
