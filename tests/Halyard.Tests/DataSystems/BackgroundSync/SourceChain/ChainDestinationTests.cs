using Halyard.DataComponents;
using Halyard.DataSystems;
using Halyard.Model;

namespace Halyard.Tests;

public sealed class ChainDestinationTests
{
    private static readonly Selector Reached = new("s1", 1);

    private readonly MemoryStore _store = new();

    [Fact]
    public void Opening_a_gate_shuts_the_one_before()
    {
        var destination = new ChainDestination(_store, Selector.Empty);
        var first = destination.Open();
        first.Init(Items.Set(Items.Flag("a", 1)));
        var second = destination.Open();

        first.Init(DataSet.Empty);
        first.Apply(Items.Full());
        Assert.False(first.Upsert(DataKind.Flag, "a", Items.Flag("a", 2)));
        Assert.Equal(1, _store.GetFlag("a")!.Version);

        // Nor does the first, when it is shut late, shut the second.
        first.Close();
        Assert.True(second.Upsert(DataKind.Flag, "a", Items.Flag("a", 3)));
        second.Close();
        Assert.False(second.Upsert(DataKind.Flag, "a", Items.Flag("a", 4)));
        Assert.Equal(3, _store.GetFlag("a")!.Version);
    }

    [Fact]
    public void The_state_held_is_that_of_the_last_data_and_forgotten_with_data_of_no_state()
    {
        var destination = new ChainDestination(_store, Reached);
        Assert.Equal((Reached, false), (destination.Selector, destination.HasData));
        var gate = destination.Open();
        gate.Apply(ChangeSet.Nothing());
        Assert.Equal((Reached, true), (destination.Selector, destination.HasData));

        gate.Apply(Items.Full(Items.Flag("a", 1)) with { Selector = new("s2", 2) });
        Assert.Equal("s2", destination.Selector.State);
        gate.Upsert(DataKind.Flag, "a", Items.Flag("a", 2));
        Assert.True(destination.Selector.IsEmpty);
        gate.Apply(Items.Partial(Items.Flag("a", 3)) with { Selector = new("s3", 3) });
        Assert.Equal("s3", destination.Selector.State);
        gate.Init(DataSet.Empty);
        Assert.True(destination.Selector.IsEmpty);
    }
}
