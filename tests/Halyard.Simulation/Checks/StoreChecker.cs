using Halyard.Simulation.World;

namespace Halyard.Simulation.Checks;

/// <summary>In the end the store of a client that writes one holds what memory holds, and says that it is complete.</summary>
internal sealed class StoreChecker(SimProcess process) : Checker(process)
{
    public override void Settled()
    {
        var data = World.Store.Data;
        var head = World.History.Head;
        Expect(data.IsComplete, "store", "its marker is missing");
        var held = 0UL;
        foreach (var item in data.Items)
        {
            var stamp = data.Past(StoreData.PathOf(item.Kind, item.Key))[^1].Stamp;
            held += stamp.Length == 0 ? 0 : SimItem.Mark(item.Kind, item.Key, stamp);
        }

        Expect(held == head.Mark, "store", $"it does not hold state {head.Index}: {string.Join(" ", data.Items.Select(static item => $"{item.Key}:{item.Item.Version}"))}");
    }
}
