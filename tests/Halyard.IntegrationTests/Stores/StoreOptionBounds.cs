using Halyard.Model;
using Halyard.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Halyard.IntegrationTests;

/// <summary>
/// Every time and count among a store's options, at its extremes, with a server that works: it is refused by its name, or
/// clients that read and write the store live with it.
/// </summary>
public abstract class StoreOptionBounds : IAsyncLifetime
{
    private static readonly PersistentStoreContext Context = new(NullLoggerFactory.Instance, TimeProvider.System);

    protected string Prefix { get; } = "t" + Guid.NewGuid().ToString("N");

    /// <summary>Makes options that work, or the store where it is its own options, and what makes the store of them.</summary>
    protected abstract (object Options, Func<object, IPersistentStore> Open) Make();

    public virtual async ValueTask InitializeAsync()
    {
        var (options, open) = Make();
        await using var writer = open(options).CreateWriter(Context);
        var text = """{"key":"flag","version":1,"on":true,"fallthrough":{"variation":0},"variations":[true,false]}"""u8.ToArray();
        await writer.InitAsync([new(DataKind.Flag, "flag", new(1, false, text))], TestContext.Current.CancellationToken);
    }

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public Task A_store_that_is_read_refuses_an_extreme_value_by_name_or_works() => CheckAsync(client: static store => new()
    {
        DataSystem = new LazyLoadOptions(store) { Ttl = TimeSpan.FromMilliseconds(5), FetchTimeout = TimeSpan.FromSeconds(3) },
    });

    [Fact]
    public Task A_store_that_is_written_refuses_an_extreme_value_by_name_or_works() => CheckAsync(client: static store => new()
    {
        DataSystem = DataSystem.TestData(new TestData().Update(TestData.Flag("flag"))),
        WriteThrough = new(store) { FlushTimeout = TimeSpan.FromMilliseconds(100) },
    });

    private async Task CheckAsync(Func<IPersistentStore, ClientOptions> client)
    {
        var properties = OptionBounds.NumbersOf(Make().Options.GetType()).ToList();
        Assert.NotEmpty(properties);
        var faults = new List<string>();
        foreach (var property in properties)
        {
            faults.AddRange(await OptionBounds.FaultsOfAsync(property, () =>
            {
                var (options, open) = Make();

                // Opened when the client starts, with the option as it is by then.
                return new(client(new LateStore(() => open(options))), options, static () => 0);
            }));
        }

        Assert.Empty(faults);
    }

    /// <summary>A store made when it is first needed.</summary>
    private sealed class LateStore(Func<IPersistentStore> open) : IPersistentStore
    {
        public ISerializedDataReader CreateReader(PersistentStoreContext context) => open().CreateReader(context);

        public ISerializedDataWriter CreateWriter(PersistentStoreContext context) => open().CreateWriter(context);
    }
}
