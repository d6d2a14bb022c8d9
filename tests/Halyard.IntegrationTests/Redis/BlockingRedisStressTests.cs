using System.Diagnostics;
using System.Text;
using Halyard.Model;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.IntegrationTests;

/// <summary>Many threads that block on a Redis server which is written to, stands still, is killed, and comes back with other data.</summary>
[Collection(typeof(AloneWithRedis))]
public sealed class BlockingRedisStressTests
{
    private const int Flags = 40;
    private const int Threads = 64;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly PersistentStoreContext Context = new(NullLoggerFactory.Instance, TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Every_read_ends_none_goes_back_and_all_see_the_last_state(bool servesStale, bool listens)
    {
        await using var own = new RedisServer();
        await own.StartAsync();
        var store = new RedisStore(own.Endpoint);
        await FillAsync(store, 1);
        await using var client = await Client.StartAsync(
            new ClientOptions
            {
                DataSystem = new LazyLoadOptions(store)
                {
                    ReadTimeout = TimeSpan.FromMilliseconds(150),
                    Ttl = TimeSpan.FromMilliseconds(20),
                    StaleWhileRevalidate = servesStale,
                    ListenForChanges = listens,
                },
            },
            Token);
        var user = Halyard.Context.New("user");
        var last = int.MaxValue;
        var longest = TimeSpan.Zero;
        var threads = Enumerable.Range(0, Threads).Select(t => Task.Factory.StartNew(
            () =>
            {
                var seen = new int[Flags];
                var atLast = new HashSet<int>();
                for (var n = t; atLast.Count < Flags; n++)
                {
                    var i = n * 7 % Flags;
                    var began = Stopwatch.GetTimestamp();
                    var got = t % 8 == 7
                        ? client.IntVariationAsync($"f{i}", user, 0, Token).AsTask().GetAwaiter().GetResult()
                        : client.IntVariation($"f{i}", user, 0);
                    var took = Stopwatch.GetElapsedTime(began);
                    if (got != 0)
                    {
                        Assert.True(got >= seen[i], $"{got} after {seen[i]}");
                        seen[i] = got;
                    }

                    if (got == Volatile.Read(ref last))
                    {
                        atLast.Add(i);
                    }

                    if (t % 8 != 7 && took > longest)
                    {
                        longest = took;
                    }

                    Thread.Yield();
                }
            },
            Token, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        await WriteAsync(store, 2);
        Assert.StartsWith("+OK", await ServerProcess.AskRedisAsync(own.Port, "CLIENT PAUSE 700 ALL", Token), StringComparison.Ordinal);
        await WriteAsync(store, 3);
        await own.KillAsync();
        await own.StartAsync();
        await FillAsync(store, 4);
        await WriteAsync(store, 5);
        Volatile.Write(ref last, 5);
        await Task.WhenAll(threads).WaitAsync(Limit, Token);

        // The machine may be busy; but no read waits for a second request, nor for as long as one may take.
        Assert.InRange(longest, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    private static async Task FillAsync(RedisStore store, int version)
    {
        await using var writer = store.CreateWriter(Context);
        await writer.InitAsync([.. Enumerable.Range(0, Flags).Select(i => Flag(i, version))], Token);
    }

    private static async Task WriteAsync(RedisStore store, int version)
    {
        await using var writer = store.CreateWriter(Context);
        for (var i = 0; i < Flags; i++)
        {
            await writer.UpsertAsync(Flag(i, version), Token);
        }
    }

    private static SerializedItem Flag(int i, int version) => new(
        DataKind.Flag,
        $"f{i}",
        new(version, false, Encoding.UTF8.GetBytes(
            $$"""{"key":"f{{i}}","version":{{version}},"on":false,"offVariation":0,"variations":[{{version}}]}""")));
}
