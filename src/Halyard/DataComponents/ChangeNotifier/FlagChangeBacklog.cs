using System.Collections.Immutable;
using Halyard.DataComponents.Listeners;

namespace Halyard.DataComponents;

/// <summary>Merges changes into one of all their keys, each once, in the order of their first change.</summary>
internal sealed class FlagChangeBacklog : IBacklog<FlagChange>
{
    private readonly HashSet<string> _known = [];
    private readonly ImmutableArray<string>.Builder _keys = ImmutableArray.CreateBuilder<string>();

    public void Add(FlagChange value)
    {
        foreach (var key in value.Keys)
        {
            if (_known.Add(key))
            {
                _keys.Add(key);
            }
        }
    }

    public FlagChange Take()
    {
        _known.Clear();
        return new(_keys.DrainToImmutable());
    }
}
