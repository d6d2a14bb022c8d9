using System.Globalization;
using System.Text;
using Halyard.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.IntegrationTests;

/// <summary>A server that is killed at random moments, while one writer replaces the data set and another updates an item.</summary>
public sealed class KilledPostgresTests
{
    private const int Rounds = 6;
    private const int SetSize = 400;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly PersistentStoreContext Context = new(NullLoggerFactory.Instance, TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whenever_the_server_is_killed_sets_are_whole_and_what_was_confirmed_is_there()
    {
        await using var own = new PostgresServer();
        await own.InitializeAsync();
        var sets = new PostgresStore(own.ConnectionString, "sets");
        var items = new PostgresStore(own.ConnectionString, "items");
        await using var setWriter = sets.CreateWriter(Context);
        await using var itemWriter = items.CreateWriter(Context);
        await using var setReader = sets.CreateReader(Context);
        await using var itemReader = items.CreateReader(Context);
        var random = new Random(12);
        long set = 0, item = 0;
        await WriteSetAsync(setWriter, ++set);
        for (var round = 0; round < Rounds; round++)
        {
            long confirmedSet = 0, confirmedItem = 0;
            var writing = Task.WhenAll(
                UntilFailureAsync(async () => confirmedSet = await WriteSetAsync(setWriter, ++set)),
                UntilFailureAsync(async () =>
                {
                    Assert.True(await itemWriter.UpsertAsync(Flag("f", ++item), Token));
                    confirmedItem = item;
                }));
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(50, 400)), Token);
            await own.KillAsync();
            await writing.WaitAsync(Limit, Token);
            await own.StartAsync();

            var all = await setReader.AllAsync(DataKind.Flag, Token).AsTask().WaitAsync(Limit, Token);
            Assert.Equal(SetSize, all.Count);
            var version = Assert.Single(all.Values.Select(stored => stored.Version).Distinct());
            Assert.InRange(version, Math.Max(1, confirmedSet), set);
            Assert.True(await setReader.InitializedAsync(Token));
            if (confirmedItem > 0)
            {
                var stored = (await itemReader.GetAsync(DataKind.Flag, "f", Token))!.Value;
                Assert.InRange(stored.Version, confirmedItem, item);
                Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"\"version\":{stored.Version}"), Encoding.UTF8.GetString(stored.SerializedItem.Span), StringComparison.Ordinal);
            }
        }
    }

    private static async Task<long> WriteSetAsync(ISerializedDataWriter writer, long version)
    {
        await writer.InitAsync([.. Enumerable.Range(0, SetSize).Select(i => Flag("f" + i, version))], Token).AsTask().WaitAsync(Limit, Token);
        return version;
    }

    private static async Task UntilFailureAsync(Func<Task> write)
    {
        try
        {
            while (true)
            {
                await write();
            }
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            // Killed.
        }
    }

    private static SerializedItem Flag(string key, long version) => new(
        DataKind.Flag, key, new(version, false, Encoding.UTF8.GetBytes($$"""{"key":"{{key}}","version":{{version}}}""")));
}
