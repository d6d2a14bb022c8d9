using Halyard.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.Tests.AspNetCore;

public sealed class RequestFlagsTests
{
    private readonly ServiceCollection _services = [];
    private readonly FakeLogCollector _logs = new();

    [Fact]
    public void The_context_is_made_once_for_a_request_whoever_asks()
    {
        var made = 0;
        _services.AddHalyardContext((HttpContext _) => Context.New($"user-{++made}"));
        var http = Requests.Of(_services);
        Assert.Equal("user-1", http.FlagContext().Key);
        Assert.Same(http.FlagContext(), http.Flags().Context);
        Assert.Same(http.Flags(), http.Flags());
        Assert.Equal(1, made);
        Assert.Equal("user-2", Requests.Of(_services).FlagContext().Key);
    }

    [Fact]
    public async Task Each_of_several_clients_has_a_context_and_flags_of_its_own()
    {
        _services.AddHalyardContext(_ => Context.New("shared"));
        _services.AddHalyardContext("eu", _ => Context.New("other")).AddHalyardContext("eu", http => Context.New("of-" + http.User.Identity!.Name));
        _services.AddHalyard("eu", options => options.DataSystem = DataSystem.TestData(new TestData().Update(
            TestData.Flag("key").Variations(Value.Of("hers"), Value.Of("others")).VariationForUser("of-ada", 0).FallthroughVariation(1))));
        _services.AddHalyard("us", options => options.Offline = true);
        var http = Requests.Of(_services);
        http.User = new(new System.Security.Claims.ClaimsIdentity([new(System.Security.Claims.ClaimTypes.Name, "ada")], "test"));
        await http.RequestServices.GetRequiredKeyedService<IHalyardClient>("eu").StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(("shared", "of-ada", "shared"), (http.FlagContext().Key, http.Flags("eu").Context.Key, http.Flags("us").Context.Key));
        Assert.Equal("hers", http.Flags("eu").StringVariation("key", ""));
        Assert.Equal("", http.Flags("us").StringVariation("key", ""));
        Assert.Same(http.Flags("eu"), http.Flags("eu"));

        http.SetFlagContext(Context.New("later"));
        Assert.Equal(("later", "of-ada", "later"), (http.FlagContext().Key, http.Flags("eu").Context.Key, http.Flags("us").Context.Key));
        http.SetFlagContext(Context.New("us-user"), "us");
        Assert.Equal(("later", "of-ada", "us-user"), (http.FlagContext().Key, http.Flags("eu").Context.Key, http.Flags("us").Context.Key));
        http.User = new(new System.Security.Claims.ClaimsIdentity([new(System.Security.Claims.ClaimTypes.Name, "bob")], "test"));
        Assert.Equal(("of-bob", "others"), (http.Flags("eu").Context.Key, http.Flags("eu").StringVariation("key", "")));
    }

    [Fact]
    public void The_flags_of_a_client_with_a_key_are_a_service_under_that_key_and_one_factory_may_use_the_requests_services()
    {
        _services.AddScoped<Tenant>().AddHalyardContext<OfTenant>("eu");
        var http = Requests.Of(_services);
        http.RequestServices.GetRequiredService<IHttpContextAccessor>().HttpContext = http;
        var flags = http.RequestServices.GetRequiredKeyedService<RequestFlags>("eu");
        Assert.Same(http.Flags("eu"), flags);
        Assert.Equal("tenant-1", flags.Context.Key);
        Assert.Equal("anonymous", http.FlagContext().Key);
        Assert.Throws<InvalidOperationException>(() => http.Flags("nobody").Client);
    }

    private sealed class Tenant
    {
        public string Name => "tenant-1";
    }

    private sealed class OfTenant(Tenant tenant) : IFlagContextFactory
    {
        public Context Create(HttpContext httpContext) => Context.New(tenant.Name);
    }

    [Fact]
    public void Who_signs_in_after_a_read_is_not_taken_for_the_one_before()
    {
        _services.AddHalyardContext();
        var http = Requests.Of(_services);
        Assert.Equal("anonymous", http.FlagContext().Key);
        http.User = Requests.SignedIn(("sub", "ada"));
        Assert.Equal("ada", http.FlagContext().Key);
    }

    [Fact]
    public void The_context_of_one_user_is_not_anothers_when_a_factory_throws()
    {
        var throws = false;
        _services.AddHalyardContext((HttpContext http) => throws ? throw new IOException("no directory") : Context.New(http.User.FindFirst("sub")?.Value ?? "nobody"));
        var http = Requests.Of(_services);
        Assert.Equal("nobody", http.FlagContext().Key);
        (http.User, throws) = (Requests.SignedIn(("sub", "ada")), true);
        Assert.Throws<IOException>(() => http.FlagContext());
        Assert.Throws<IOException>(() => http.FlagContext());
        throws = false;
        Assert.Equal("ada", http.FlagContext().Key);
    }

    [Fact]
    public void A_factory_that_chooses_a_context_decides_by_that()
    {
        _services.AddHalyardContext((HttpContext http) =>
        {
            http.SetFlagContext(Context.New("chosen"));
            return Context.New("given");
        });
        var http = Requests.Of(_services);
        Assert.Equal("chosen", http.FlagContext().Key);
        Assert.Equal("chosen", http.FlagContext().Key);
    }

    [Fact]
    public void Who_is_let_in_by_a_second_identity_is_known_from_then_on()
    {
        _services.AddHalyardContext();
        var http = Requests.Of(_services);
        Assert.Equal("anonymous", http.FlagContext().Key);
        http.User.AddIdentity(new([new("sub", "service-1")], "ApiKey"));
        Assert.Equal("service-1", http.FlagContext().Key);
    }

    [Fact]
    public void The_values_of_a_route_that_is_chosen_after_a_read_are_seen()
    {
        _services.AddHalyardContext(options => options.RouteValues["tenant"] = "tenant");
        var http = Requests.Of(_services);
        Assert.Equal(0, http.FlagContext().CustomAttributes.Length);
        http.Request.RouteValues["tenant"] = "acme";
        http.SetEndpoint(new(null, null, "orders"));
        Assert.Equal("acme", http.FlagContext().CustomAttributes[0].Value.AsString);
    }

    [Fact]
    public void A_context_that_the_application_chose_stays()
    {
        _services.AddHalyardContext();
        var http = Requests.Of(_services);
        var chosen = Context.New("org", "acme");
        http.SetFlagContext(chosen);
        http.User = Requests.SignedIn(("sub", "ada"));
        Assert.Same(chosen, http.FlagContext());
    }

    [Fact]
    public void Of_several_registrations_the_last_decides()
    {
        _services.AddHalyardContext((HttpContext _) => Context.New("first"));
        _services.AddHalyardContext<Factory>();
        Assert.Equal("by-factory", Requests.Of(_services).FlagContext().Key);
        Assert.Single(_services, service => service.ServiceType == typeof(IFlagContextFactory));
    }

    [Fact]
    public void Without_a_registration_the_default_decides() =>
        Assert.Equal("anonymous", Requests.Of(_services).FlagContext().Key);

    [Fact]
    public void A_factory_that_gives_null_is_named()
    {
        _services.AddHalyardContext((HttpContext _) => null!);
        var http = Requests.Of(_services);
        Assert.Contains("must not return null", Assert.Throws<InvalidOperationException>(() => http.FlagContext()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_invalid_context_is_told_once()
    {
        _services.AddSingleton<ILoggerProvider>(new FakeLoggerProvider(_logs));
        _services.AddHalyardContext((HttpContext _) => Context.New(""));
        var provider = _services.AddLogging().BuildServiceProvider();
        Assert.False(new DefaultHttpContext { RequestServices = provider }.FlagContext().IsValid);
        Assert.False(new DefaultHttpContext { RequestServices = provider }.FlagContext().IsValid);
        var line = Assert.Single(_logs.GetSnapshot());
        Assert.Contains("key must not be null or empty", line.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_logger_that_throws_does_not_end_the_request()
    {
        _services.AddSingleton<ILoggerFactory>(new ThrowingLoggers());
        _services.AddHalyardContext((HttpContext _) => Context.New(""));
        Assert.False(Requests.Of(_services).FlagContext().IsValid);
    }

    [Fact]
    public async Task Every_type_of_flag_is_read_for_the_context_of_the_request()
    {
        var data = new TestData().Update(
            TestData.Flag("bool").VariationForUser("ada", true).FallthroughVariation(false),
            TestData.Flag("text").ValueForAll("t"), TestData.Flag("int").ValueForAll(7), TestData.Flag("double").ValueForAll(1.5),
            TestData.Flag("json").ValueForAll(Value.Array(1)));
        await using var client = await Clients.Clients.StartAsync(data);
        _services.AddSingleton<IHalyardClient>(client);
        _services.AddHalyardContext();
        var http = Requests.Of(_services);
        http.User = Requests.SignedIn(("sub", "ada"));
        var flags = (await RequestFlags.BindAsync(http))!;
        Assert.Same(client, flags.Client);
        Assert.Equal(
            (true, "t", 7, 1.5, Value.Array(1)),
            (flags.BoolVariation("bool", false), flags.StringVariation("text", ""), flags.IntVariation("int", 0), flags.DoubleVariation("double", 0), flags.JsonVariation("json", default)));
        Assert.Equal(
            (true, "t", 7, 1.5, Value.Array(1)),
            (await flags.BoolVariationAsync("bool", false), await flags.StringVariationAsync("text", ""), await flags.IntVariationAsync("int", 0),
                await flags.DoubleVariationAsync("double", 0), await flags.JsonVariationAsync("json", default)));
    }

    [Fact]
    public async Task A_page_carries_the_flags_that_front_ends_may_see()
    {
        var data = new TestData().UpdateFlagJson("""{"key":"seen","version":1,"on":false,"offVariation":0,"variations":["</script>"],"clientSideAvailability":{"usingEnvironmentId":true}}""")
            .Update(TestData.Flag("hidden").VariationForAll(true));
        await using var client = await Clients.Clients.StartAsync(data);
        _services.AddSingleton<IHalyardClient>(client);
        var state = await Requests.Of(_services).Flags().BootstrapAsync(AllFlagsOptions.WithReasons);
        Assert.Equal(["seen"], state.Values.Keys);
        Assert.NotNull(state.GetReason("seen"));
        Assert.DoesNotContain("<", state.ToJson(), StringComparison.Ordinal);
    }

    private sealed class Factory : IFlagContextFactory
    {
        public Context Create(HttpContext httpContext) => Context.New("by-factory");
    }
}
