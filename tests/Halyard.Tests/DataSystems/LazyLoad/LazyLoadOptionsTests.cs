using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.Tests.LazyLoading;

public sealed class LazyLoadOptionsTests
{
    public static TheoryData<string, Action<LazyLoadOptions>> Wrong => new()
    {
        { "Ttl", o => o.Ttl = TimeSpan.FromSeconds(-5) },
        { "Ttl", o => o.Ttl = TimeSpan.MaxValue },
        { "TtlJitter", o => o.TtlJitter = 0.6 },
        { "TtlJitter", o => o.TtlJitter = double.NaN },
        { "ReadTimeout", o => o.ReadTimeout = TimeSpan.Zero },
        { "FetchTimeout", o => o.FetchTimeout = TimeSpan.FromDays(2) },
        { "MaxItems", o => o.MaxItems = 0 },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void A_setting_that_cannot_work_is_named(string name, Action<LazyLoadOptions> change)
    {
        var options = DataSystem.LazyLoad(new SqliteStore("unused.db"));
        options.Validate(new ClientOptions());
        change(options);
        var error = Assert.Throws<ArgumentException>(() => options.Validate(new ClientOptions()));
        Assert.Contains("LazyLoadOptions." + name + " is", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_system_is_built_without_opening_the_store()
    {
        var options = DataSystem.LazyLoad(new SqliteStore(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"), "never-made.db")));
        Assert.Equal(TimeSpan.FromMinutes(5), options.Ttl);
        var status = new DataSourceStatusManager(TimeProvider.System);
        var built = DataSystemBuilder.Build(new(
            new ClientOptions { LoggerFactory = NullLoggerFactory.Instance, DataSystem = options }, status, new FlagChanges(), "instance"));
        await using var system = built.System;
        Assert.Same(system, built.Lazy);
        Assert.Equal("sqlite", system.Identity);
    }
}
