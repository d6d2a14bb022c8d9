using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Halyard.IntegrationTests;

public sealed class RedisConfigurationTests
{
    [Fact]
    public void An_address_gives_server_user_password_database_and_encryption()
    {
        var built = RedisConfiguration.Build(new() { Configuration = "rediss://us%40er:p%3Aw@example.com:7000/3" });
        Assert.Equal("example.com:7000", Assert.Single(built.EndPoints).ToString()!.Replace("Unspecified/", "", StringComparison.Ordinal));
        Assert.Equal(("us@er", "p:w", 3, true), (built.User, built.Password, built.DefaultDatabase, built.Ssl));
        Assert.False(built.AbortOnConnectFail);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("redis://")]
    [InlineData("redis://host/notanumber")]
    [InlineData("host:1,ssl=perhaps,password=hunter2")]
    [InlineData("host:1,password=some,hunter2")]
    [InlineData("host:1,password=some,hunter2=x")]
    [InlineData("password=some,hunter2,ssl=true")]
    [InlineData("host:1,password=some,,hunter2")]
    [InlineData("host:1,password=some, , hunter2")]
    [InlineData("redisd://:hunter2@host")]
    [InlineData("valkey://user:hunter2@host:6379/0")]
    [InlineData("host:1,redis://user:hunter2@host")]
    [InlineData("user:hunter2@host:6379")]
    [InlineData("host:1,ssl=hunter2")]
    [InlineData("redis://user:12/hunter2@host/0")]
    [InlineData("redis://hunter2#@host")]
    [InlineData("redis://hunter2/@host:6379")]
    [InlineData("redis://hunter2?@host")]
    [InlineData("rediss://hunter2:1/0@host")]
    [InlineData(@"redis://hunter2\@host")]
    public void A_wrong_configuration_is_one_clear_error_without_the_password(string configuration)
    {
        var error = Assert.ThrowsAny<ArgumentException>(() => Open(new() { Configuration = configuration }));
        Assert.StartsWith("The Redis store's", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_blank_before_an_address_does_not_make_it_a_servers_name()
    {
        var built = RedisConfiguration.Build(new() { Configuration = " redis://user:hunter2@host:6380\n" });
        Assert.DoesNotContain("hunter2", string.Join(',', built.EndPoints), StringComparison.Ordinal);
        Assert.Equal("hunter2", built.Password);
    }

    [Fact]
    public void Two_ways_of_naming_the_server_contradict_each_other() =>
        Assert.Throws<ArgumentException>(() => Open(new() { Configuration = "a:1", ConfigurationOptions = new ConfigurationOptions() }));

    [Fact]
    public void A_time_limit_must_be_positive() =>
        Assert.Contains("OperationTimeout", Assert.Throws<ArgumentException>(() => Open(new() { OperationTimeout = TimeSpan.Zero })).Message, StringComparison.Ordinal);

    [Fact]
    public void Given_options_are_copied_not_changed()
    {
        var given = new ConfigurationOptions { EndPoints = { "a:1" }, AbortOnConnectFail = true, ConnectTimeout = 77 };
        Assert.False(RedisConfiguration.Build(new() { ConfigurationOptions = given }).AbortOnConnectFail);
        Assert.True(given.AbortOnConnectFail);
        Assert.Equal(77, given.ConnectTimeout);
    }

    private static void Open(RedisStoreOptions options) =>
        new RedisStore(options).CreateReader(new(NullLoggerFactory.Instance, TimeProvider.System));
}
