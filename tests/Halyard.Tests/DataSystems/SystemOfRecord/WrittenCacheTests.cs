using Halyard.DataComponents;
using Halyard.DataSystems;
using Halyard.Model;

namespace Halyard.Tests;

/// <summary>What this process writes into the store and what it reads from there meet in one cache.</summary>
public sealed class WrittenCacheTests
{
    private readonly LazyCache _cache = new(new MemoryStore(), maxItems: null, protection: 0, pruneInterval: 1_000);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_read_that_began_before_a_whole_set_was_pushed_does_not_bring_back_a_higher_version(bool readsAll)
    {
        var began = _cache.Begin();
        _cache.BeginWritten(DataKind.Flag);
        Put(Flag(1), _cache.NextMoment());
        if (readsAll)
        {
            _cache.PutWhole(DataKind.Flag, new([Flag(9)], []), began, _cache.NextMoment(), freshUntil: 100, now: 0);
        }
        else
        {
            Put(Flag(9), began);
        }

        Assert.Equal(1, _cache.Find(DataKind.Flag, "a")!.Version);
        Put(Flag(9), _cache.Begin());
        Assert.Equal(9, _cache.Find(DataKind.Flag, "a")!.Version);
    }

    private static ItemDescriptor<Flag> Flag(long version) => Items.Flag("a", version);

    private void Put(ItemDescriptor item, long began) => _cache.Put(DataKind.Flag, new(in item), began, _cache.NextMoment(), now: 0);
}
