using System.Collections.Concurrent;
using System.Text;
using Halyard.Model;
using Halyard.Tests.Support;

namespace Halyard.Tests.LazyLoading;

[Collection(typeof(Alone))]
public sealed class ReadTimeoutTests
{
    [Fact]
    public async Task A_read_waits_for_its_time_in_all_however_deep_the_prerequisites_go()
    {
        var store = new SlowStore(TimeSpan.FromMilliseconds(120));
        await using var client = await Client.StartAsync(
            new() { DataSystem = new LazyLoadOptions(store) { ReadTimeout = TimeSpan.FromMilliseconds(200) } },
            TestContext.Current.CancellationToken);
        Assert.False(client.BoolVariation("f0", Context.New("user"), false));

        // The first takes more than half of the time, and the second what is left.
        Assert.InRange(store.Reads, 1, 2);
    }

    /// <summary>Each flag has the next one as its prerequisite, and reading one on the caller's thread takes a while.</summary>
    private sealed class SlowStore(TimeSpan time) : IPersistentStore, ISerializedDataReader
    {
        private readonly ManualResetEventSlim _never = new();
        private readonly ConcurrentDictionary<string, bool> _keys = new();

        /// <summary>How many flags were read.</summary>
        public int Reads => _keys.Count;

        public string Identity => "slow";

        public bool CanGet => true;

        public ISerializedDataReader CreateReader(PersistentStoreContext context) => this;

        public ISerializedDataWriter CreateWriter(PersistentStoreContext context) => throw new NotSupportedException();

        public SerializedItemDescriptor? Get(DataKind kind, string key, TimeSpan limit)
        {
            _keys[key] = true;
            _never.Wait(limit < time ? limit : time);
            return limit < time ? throw new TimeoutException("The caller has no more time.") : Flag(key);
        }

        public ValueTask<SerializedItemDescriptor?> GetAsync(DataKind kind, string key, CancellationToken cancellationToken) => new(Flag(key));

        public ValueTask<IReadOnlyDictionary<string, SerializedItemDescriptor>> AllAsync(DataKind kind, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public ValueTask<bool> InitializedAsync(CancellationToken cancellationToken) => new(true);

        public ValueTask DisposeAsync()
        {
            _never.Dispose();
            return default;
        }

        private static SerializedItemDescriptor? Flag(string key)
        {
            var next = int.Parse(key.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture) + 1;
            return new(1, false, Encoding.UTF8.GetBytes(
                $$"""{"key":"{{key}}","version":1,"on":true,"variations":[false,true],"fallthrough":{"variation":1},"prerequisites":[{"key":"f{{next}}","variation":1}]}"""));
        }
    }
}
