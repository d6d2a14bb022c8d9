using System.Text;
using Halyard.DataModel.Json.Reading;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.FeatureManagement;
using Microsoft.FeatureManagement.FeatureFilters;

namespace Halyard.Tests.FeatureManagement;

public sealed class FeatureManagerTests : IAsyncDisposable
{
    private readonly TestData _data = new TestData()
        .Update(
            TestData.Flag("beta").VariationForUser("ada", true).FallthroughVariation(false),
            TestData.Flag("theme").Variations("light", "dark").FallthroughVariation(1).OffVariation(0))
        .UpdateFlagJson("""{"key":"limits","version":1,"on":true,"fallthrough":{"variation":1},"variations":[null,{"requests":7,"paths":["/a","/b"],"none":null}]}""");

    private readonly ServiceCollection _services = [];
    private readonly Dictionary<string, string?> _settings = [];
    private Client? _client;
    private ServiceProvider? _provider;

    private static CancellationToken Token => Clients.Clients.Token;

    public async ValueTask DisposeAsync()
    {
        if (_provider is not null)
        {
            await _provider.DisposeAsync();
        }

        if (_client is not null)
        {
            await _client.DisposeAsync();
        }
    }

    [Fact]
    public async Task All_four_interfaces_answer_alike()
    {
        using var scope = await StartAsync();
        var services = scope.ServiceProvider;
        var ada = Context.New("ada");
        Assert.True(await services.GetRequiredService<IFeatureManager>().IsEnabledAsync("beta", ada));
        Assert.True(await services.GetRequiredService<IVariantFeatureManager>().IsEnabledAsync("beta", ada, Token));
        Assert.True(await services.GetRequiredService<IFeatureManagerSnapshot>().IsEnabledAsync("beta", ada));
        Assert.True(await services.GetRequiredService<IVariantFeatureManagerSnapshot>().IsEnabledAsync("beta", ada, Token));
        Assert.False(await services.GetRequiredService<IFeatureManager>().IsEnabledAsync("beta"));
        Assert.False(await services.GetRequiredService<IVariantFeatureManager>().IsEnabledAsync("beta", Token));
        Assert.False(await services.GetRequiredService<IFeatureManagerSnapshot>().IsEnabledAsync("beta"));
        Assert.False(await services.GetRequiredService<IVariantFeatureManagerSnapshot>().IsEnabledAsync("beta", Token));
    }

    [Fact]
    public async Task A_snapshot_stays_for_its_scope_and_tells_contexts_apart()
    {
        using var scope = await StartAsync();
        var snapshot = scope.ServiceProvider.GetRequiredService<IFeatureManagerSnapshot>();
        var variants = scope.ServiceProvider.GetRequiredService<IVariantFeatureManagerSnapshot>();
        var live = scope.ServiceProvider.GetRequiredService<IVariantFeatureManager>();
        Assert.True(await snapshot.IsEnabledAsync("beta", Context.New("ada")));
        Assert.False(await snapshot.IsEnabledAsync("beta", Context.New("bob")));
        Assert.Equal("dark", (await variants.GetVariantAsync("theme", Token)).Name);

        _data.Update(TestData.Flag("beta").VariationForAll(false), TestData.Flag("theme").ValueForAll("neon"));
        Assert.True(await snapshot.IsEnabledAsync("beta", Context.New("ada")));
        Assert.Equal("dark", (await variants.GetVariantAsync("theme", Token)).Name);
        Assert.False(await live.IsEnabledAsync("beta", Context.New("ada"), Token));
        Assert.Equal("neon", (await live.GetVariantAsync("theme", Token)).Name);

        using var later = _provider!.CreateScope();
        Assert.False(await later.ServiceProvider.GetRequiredService<IFeatureManagerSnapshot>().IsEnabledAsync("beta", Context.New("ada")));
    }

    [Fact]
    public async Task A_variant_is_the_value_that_the_flag_serves()
    {
        using var scope = await StartAsync();
        var features = scope.ServiceProvider.GetRequiredService<IVariantFeatureManager>();
        var theme = await features.GetVariantAsync("theme", Token);
        Assert.Equal(("dark", "dark"), (theme.Name, theme.Configuration.Value));
        var limits = await features.GetVariantAsync("limits", Token);
        Assert.Equal(("1", "7", "/b"), (limits.Name, limits.Configuration["requests"], limits.Configuration["paths:1"]));
        Assert.Equal("False", (await features.GetVariantAsync("beta", Token)).Name, ignoreCase: true);
        Assert.Null(await features.GetVariantAsync("no-such-feature", Token));
        _data.Update(TestData.Flag("limits").ValueForAll(Value.Null));
        Assert.Null(await features.GetVariantAsync("limits", Token));
    }

    [Fact]
    public async Task A_flag_of_many_values_is_on_while_its_targeting_is()
    {
        using var scope = await StartAsync();
        var features = scope.ServiceProvider.GetRequiredService<IFeatureManager>();
        Assert.True(await features.IsEnabledAsync("theme"));
        _data.Update(_data.Edit("theme").Off());
        Assert.False(await features.IsEnabledAsync("theme"));
        Assert.Equal("light", (await scope.ServiceProvider.GetRequiredService<IVariantFeatureManager>().GetVariantAsync("theme", Token)).Name);
    }

    [Fact]
    public async Task What_is_no_flag_is_answered_by_the_configuration()
    {
        _settings["FeatureManagement:old"] = "true";
        _settings["FeatureManagement:beta"] = "true";
        using var scope = await StartAsync();
        Assert.True(await scope.ServiceProvider.GetRequiredService<IFeatureManager>().IsEnabledAsync("old"));
        Assert.True(await scope.ServiceProvider.GetRequiredService<IVariantFeatureManagerSnapshot>().IsEnabledAsync("old", Token));
        Assert.False(await scope.ServiceProvider.GetRequiredService<IFeatureManager>().IsEnabledAsync("beta"));
        Assert.False(await scope.ServiceProvider.GetRequiredService<IFeatureManager>().IsEnabledAsync("unknown"));
        var names = new List<string>();
        await foreach (var name in scope.ServiceProvider.GetRequiredService<IFeatureManager>().GetFeatureNamesAsync())
        {
            names.Add(name);
        }

        Assert.Equal(["beta", "limits", "old", "theme"], names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_context_is_the_callers_or_the_current_one_or_the_targeting_one_or_the_default()
    {
        var current = new Ambient();
        _services.AddSingleton<ICurrentFlagContext>(current);
        _services.AddSingleton<ITargetingContextAccessor>(new Targeting { User = new() { UserId = "ada", Groups = ["staff"] } });
        _data.Update(TestData.Flag("staff").VariationForAll(false).IfMatch("user", "groups", "staff").ThenReturn(true));
        using var scope = await StartAsync(options =>
        {
            options.DefaultContext = Context.New("bob");
            options.ContextOf = given => given is string key ? Context.New(key) : null;
        });
        var features = scope.ServiceProvider.GetRequiredService<IFeatureManager>();
        current.Current = Context.New("bob");
        Assert.False(await features.IsEnabledAsync("beta"));
        current.Current = null;
        Assert.True(await features.IsEnabledAsync("beta"));
        Assert.True(await features.IsEnabledAsync("staff"));
        Assert.True(await features.IsEnabledAsync("beta", "ada"));
        Assert.True(await features.IsEnabledAsync("staff", new TargetingContext { UserId = "x", Groups = ["staff"] }));
        Assert.False(await features.IsEnabledAsync("beta", new TargetingContext()));
        Assert.Contains("FeatureOptions.ContextOf", (await Assert.ThrowsAsync<ArgumentException>(() => features.IsEnabledAsync("beta", 7))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentNullException>(() => features.IsEnabledAsync<string>("beta", null!));
    }

    [Fact]
    public async Task Without_data_a_feature_is_off_and_has_no_variant()
    {
        _client = Client.Create(new() { DataSystem = DataSystem.TestData(_data) });
        using var scope = await StartAsync();
        Assert.False(await scope.ServiceProvider.GetRequiredService<IFeatureManager>().IsEnabledAsync("theme"));
        Assert.Null(await scope.ServiceProvider.GetRequiredService<IVariantFeatureManager>().GetVariantAsync("theme", Token));
    }

    [Fact]
    public async Task A_session_is_asked_first_and_told_afterwards()
    {
        var session = new Session { ["theme"] = false };
        _services.AddSingleton<ISessionManager>(session);
        using var scope = await StartAsync();
        var features = scope.ServiceProvider.GetRequiredService<IFeatureManager>();
        Assert.False(await features.IsEnabledAsync("theme"));
        Assert.False(await features.IsEnabledAsync("beta"));
        Assert.False(session["beta"]);
    }

    [Fact]
    public async Task What_is_answered_for_want_of_data_is_not_told_to_a_session()
    {
        var session = new Session();
        _services.AddSingleton<ISessionManager>(session);
        _client = Client.Create(new() { DataSystem = DataSystem.TestData(_data) });
        using var scope = await StartAsync();
        Assert.False(await scope.ServiceProvider.GetRequiredService<IFeatureManager>().IsEnabledAsync("beta"));
        Assert.Empty(session);
    }

    [Fact]
    public async Task A_flag_of_many_values_is_off_while_a_prerequisite_is_not_met()
    {
        _data.Update(TestData.Flag("base").VariationForAll(false));
        _data.Update(TestData.Flag("sale").Variations("none", "half").VariationForAll(1).OffVariation(0).Prerequisite("base", 0));
        using var scope = await StartAsync();
        Assert.False(await scope.ServiceProvider.GetRequiredService<IFeatureManager>().IsEnabledAsync("sale"));
    }

    [Theory]
    [InlineData("""{"a":1,"A":2}""", "a")]
    [InlineData("""{"a:b":1,"a":{"b":2}}""", "a:b")]
    public async Task Names_that_a_configuration_cannot_tell_apart_give_the_first(string json, string path)
    {
        _data.Update(TestData.Flag("limits").Variations(JsonText.Parse(Encoding.UTF8.GetBytes(json))).VariationForAll(0));
        using var scope = await StartAsync();
        Assert.True(await scope.ServiceProvider.GetRequiredService<IFeatureManager>().IsEnabledAsync("limits"));
        var variant = await scope.ServiceProvider.GetRequiredService<IVariantFeatureManager>().GetVariantAsync("limits", Token);
        Assert.Equal("1", variant.Configuration[path]);
    }

    [Fact]
    public async Task An_object_that_stands_for_no_context_is_asked_of_the_configuration_unless_there_is_a_flag()
    {
        _settings["FeatureManagement:old"] = "true";
        using var scope = await StartAsync();
        var features = scope.ServiceProvider.GetRequiredService<IFeatureManager>();
        Assert.True(await features.IsEnabledAsync("old", new Uri("order:7")));
        Assert.Contains("ContextOf", (await Assert.ThrowsAsync<ArgumentException>(() => features.IsEnabledAsync("beta", new Uri("order:7")))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whoever_registers_first_the_flags_answer(bool microsoftFirst)
    {
        _services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        if (microsoftFirst)
        {
            _services.AddFeatureManagement();
            _services.AddHalyardFeatureManagement();
        }
        else
        {
            _services.AddHalyardFeatureManagement();
            _services.AddFeatureManagement();
        }

        using var scope = await StartAsync(register: false);
        Assert.True(await scope.ServiceProvider.GetRequiredService<IFeatureManager>().IsEnabledAsync("beta", Context.New("ada")));
        Assert.True(await scope.ServiceProvider.GetRequiredService<IVariantFeatureManagerSnapshot>().IsEnabledAsync("beta", Context.New("ada"), Token));
    }

    [Fact]
    public async Task Scoped_managers_stay_scoped()
    {
        _services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        _services.AddScopedFeatureManagement();
        _services.AddHalyardFeatureManagement();
        using var scope = await StartAsync(register: false);
        using var other = _provider!.CreateScope();
        var features = scope.ServiceProvider.GetRequiredService<IFeatureManager>();
        Assert.True(await features.IsEnabledAsync("beta", Context.New("ada")));
        Assert.NotSame(features, other.ServiceProvider.GetRequiredService<IFeatureManager>());
    }

    private async Task<IServiceScope> StartAsync(Action<FeatureOptions>? configure = null, bool register = true)
    {
        _client ??= await Clients.Clients.StartAsync(_data);
        _services.AddSingleton<IHalyardClient>(_client);
        if (register)
        {
            _services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(_settings).Build());
            _services.AddHalyardFeatureManagement(configure);
        }

        _provider = _services.BuildServiceProvider(validateScopes: true);
        return _provider.CreateScope();
    }

    private sealed class Ambient : ICurrentFlagContext
    {
        public Context? Current { get; set; }
    }

    private sealed class Targeting : ITargetingContextAccessor
    {
        public TargetingContext User { get; init; } = new();

        public ValueTask<TargetingContext> GetContextAsync() => new(User);
    }

    private sealed class Session : Dictionary<string, bool>, ISessionManager
    {
        public Task SetAsync(string featureName, bool enabled)
        {
            this[featureName] = enabled;
            return Task.CompletedTask;
        }

        public Task<bool?> GetAsync(string featureName) => Task.FromResult<bool?>(TryGetValue(featureName, out var known) ? known : null);
    }
}
