using Halyard.DataSystems.Sources.Files;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging.Testing;

namespace Halyard.Tests.Sources;

/// <summary>A named pipe in a flag file's place is an error that says so, and holds up nobody.</summary>
public sealed class PipedFileTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Its_text_is_an_error_at_once()
    {
        NamedPipes.Make(_directory["a.json"]);
        using var text = await Task.Run(() => FlagFileText.ReadAsync(_directory["a.json"], Token), Token).WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Contains("cannot be read", text.Error, StringComparison.Ordinal);
        Assert.Contains("named pipe", text.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_of_the_file_starts_and_takes_the_file_that_comes_in_its_place()
    {
        NamedPipes.Make(_directory["a.json"]);
        var logs = new FakeLogCollector();
        await using var client = await Client.StartAsync(
            new()
            {
                DataSystem = new FileSourceOptions { Paths = { _directory["a.json"] }, PollInterval = TimeSpan.FromMilliseconds(20) },
                StartTimeout = TimeSpan.FromMilliseconds(50),
                LoggerFactory = Clients.Clients.Factory(logs),
            },
            Token).WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.False(client.Initialized);
        await Conditions.UntilAsync(() => logs.GetSnapshot().Any(log => log.Message.Contains("named pipe", StringComparison.Ordinal)));

        File.Delete(_directory["a.json"]);
        _directory.Write("a.json", """{"flagValues":{"a":1}}""");
        await Conditions.UntilAsync(() => client.IntVariation("a", Context.New("user-1"), 0) == 1);
    }

    [Fact]
    public async Task Overrides_without_their_file_keep_no_client_from_starting()
    {
        NamedPipes.Make(_directory["a.json"]);
        await using var client = await Client.StartAsync(
            new() { DataSystem = DataSystem.TestData(new TestData().Update(TestData.Flag("f"))), Overrides = DataSystem.File(_directory["a.json"]) },
            Token).WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.True(client.BoolVariation("f", Context.New("user-1"), false));
        Assert.Contains("named pipe", client.Overrides.FileError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_to_a_file_is_followed_and_one_to_a_pipe_is_not_waited_for()
    {
        _directory.Write("real.json", """{"flagValues":{"a":1}}""");
        File.CreateSymbolicLink(_directory["good.json"], _directory["real.json"]);
        NamedPipes.Make(_directory["pipe"]);
        File.CreateSymbolicLink(_directory["bad.json"], _directory["pipe"]);

        using var good = await FlagFileText.ReadAsync(_directory["good.json"], Token);
        Assert.Null(good.Error);
        using var bad = await Task.Run(() => FlagFileText.ReadAsync(_directory["bad.json"], Token), Token).WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Contains("named pipe", bad.Error, StringComparison.Ordinal);
    }
}
