using System.Collections.Immutable;

namespace Halyard.Simulation.World;

/// <summary>What the service had at one moment of its life. Immutable.</summary>
/// <param name="Index">Its place among all states: later ones have higher ones, also after the service went back.</param>
/// <param name="Epoch">Changes when the service forgets, or goes back.</param>
/// <param name="IsWhole">Whether a publish ended here; FDv1 shows the states inside a publish too.</param>
/// <param name="Items">The items by path.</param>
/// <param name="Versions">The last version of every item there has been, deleted ones included.</param>
internal sealed record SimState(
    int Index, int Epoch, bool IsWhole, ImmutableSortedDictionary<string, SimItem> Items, ImmutableSortedDictionary<string, long> Versions)
{
    /// <summary>The name of the state in FDv2.</summary>
    public string Selector => $"{Epoch}:{Index}";

    /// <summary>A number that names the content.</summary>
    public ulong Mark { get; } = Items.Values.Aggregate(0UL, (sum, item) => sum + SimItem.Mark(item.Kind, item.Key, item.Stamp));
}
