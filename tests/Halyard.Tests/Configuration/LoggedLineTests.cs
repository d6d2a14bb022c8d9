using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.Tests.Configuration;

public sealed partial class LoggedLineTests
{
    [Fact]
    public void A_message_is_one_line_whatever_is_put_into_it_and_its_parts_stay_as_they_are()
    {
        using var provider = new FakeLoggerProvider();
        using var application = LoggerFactory.Create(builder => builder.AddProvider(provider));
        using var loggers = new GuardedLoggers(application);
        var exception = new InvalidOperationException("stays");
        LogFailed(loggers.CreateLogger("Halyard"), exception, "x\nfail: Halyard[1]\r\n      forged");
        var line = provider.Collector.LatestRecord;
        Assert.Equal("The flag x fail: Halyard[1] forged failed", line.Message);
        Assert.Same(exception, line.Exception);
        Assert.Equal("x\nfail: Halyard[1]\r\n      forged", line.GetStructuredStateValue("Flag"));
    }

    [Fact]
    public async Task A_start_without_data_says_what_reads_give()
    {
        using var provider = new FakeLoggerProvider();
        using var application = LoggerFactory.Create(builder => builder.AddProvider(provider));
        await using var client = await Client.StartAsync(
            new() { DataSystem = DataSystem.File("/nowhere/flags.json"), StartTimeout = TimeSpan.Zero, LoggerFactory = application },
            TestContext.Current.CancellationToken);
        var line = Assert.Single(provider.Collector.GetSnapshot(), record => record.Id.Id == 2);
        Assert.EndsWith("Reads give defaults; trying goes on.", line.Message, StringComparison.Ordinal);
    }

    [LoggerMessage(1, LogLevel.Error, "The flag {Flag} failed")]
    private static partial void LogFailed(ILogger logger, Exception exception, string flag);
}
