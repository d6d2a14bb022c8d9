using System.Collections.Immutable;
using Halyard.Model;

namespace Halyard.Cli;

/// <summary>What is kept of an environment beside its source: overrides, and which versions were served. Written under the repository's lock.</summary>
/// <param name="save">Keeps it; null keeps it in memory alone.</param>
internal sealed class EnvironmentState(Action<bool>? save = null)
{
    private ImmutableSortedDictionary<(DataKind Kind, string Key), ItemOverride> _overrides = ImmutableSortedDictionary.Create<(DataKind, string), ItemOverride>(Order);
    private ImmutableSortedDictionary<(DataKind Kind, string Key), long> _versions = ImmutableSortedDictionary.Create<(DataKind, string), long>(Order);

    private static Comparer<(DataKind Kind, string Key)> Order { get; } = Comparer<(DataKind Kind, string Key)>.Create(
        static (x, y) => x.Kind != y.Kind ? x.Kind.CompareTo(y.Kind) : string.CompareOrdinal(x.Key, y.Key));

    /// <summary>What stands in place of the source's items.</summary>
    public ImmutableSortedDictionary<(DataKind Kind, string Key), ItemOverride> Overrides => Volatile.Read(ref _overrides);

    /// <summary>The highest version served of each item that ever was overridden or edited: it is never gone below, restarts included.</summary>
    public ImmutableSortedDictionary<(DataKind Kind, string Key), long> Versions => Volatile.Read(ref _versions);

    /// <summary>Takes over what a file says.</summary>
    public void Load(IEnumerable<ItemOverride> overrides, IEnumerable<((DataKind Kind, string Key) Id, long Version)> versions)
    {
        _overrides = _overrides.SetItems(overrides.Select(static one => KeyValuePair.Create((one.Kind, one.Key), one)));
        _versions = _versions.SetItems(versions.Select(static one => KeyValuePair.Create(one.Id, one.Version)));
    }

    /// <summary>Notes an override, or its end, with the version that is served from now on; both are kept before this returns.</summary>
    /// <exception cref="WriteBackException">They could not be kept; nothing changed.</exception>
    public void Set((DataKind Kind, string Key) id, ItemOverride? made, long version)
    {
        var (overrides, versions) = (_overrides, _versions);
        _overrides = made is null ? overrides.Remove(id) : overrides.SetItem(id, made);
        _versions = versions.SetItem(id, Math.Max(version, versions.GetValueOrDefault(id)));
        try
        {
            save?.Invoke(true);
        }
        catch
        {
            (_overrides, _versions) = (overrides, versions);
            throw;
        }
    }

    /// <summary>Notes a version that is served of an item whose versions are kept; it is kept soon.</summary>
    public void Served((DataKind Kind, string Key) id, long version)
    {
        if (_versions.TryGetValue(id, out var before) && before < version)
        {
            _versions = _versions.SetItem(id, version);
            save?.Invoke(false);
        }
    }

    /// <summary>Has the versions of an item kept from now on.</summary>
    public void Keep((DataKind Kind, string Key) id, long version)
    {
        _versions = _versions.SetItem(id, Math.Max(version, _versions.GetValueOrDefault(id)));
        save?.Invoke(false);
    }
}
