using Halyard.Model;

namespace Halyard.Simulation.World;

/// <summary>An item as the service has it. The stamp is in the item itself, and no other item ever has the same.</summary>
internal sealed record SimItem(DataKind Kind, string Key, long Version, string Stamp, string Json)
{
    public string Path => (Kind == DataKind.Flag ? "/flags/" : "/segments/") + Key;

    /// <summary>What an item that the client holds is known by.</summary>
    public static string StampOf(ItemDescriptor item) => item switch
    {
        ItemDescriptor<Flag> { Item: { } flag } => flag.Variations.IsDefaultOrEmpty ? "?" : flag.Variations[0].AsString ?? "?",
        ItemDescriptor<Segment> { Item: { } segment } => segment.Salt,
        _ => "-",
    };

    /// <summary>A number for an item in a set: the sum over the set names the set.</summary>
    public static ulong Mark(DataKind kind, string key, string stamp)
    {
        var hash = 14_695_981_039_346_656_037UL ^ (ulong)(int)kind;
        foreach (var c in key)
        {
            hash = (hash ^ c) * 1_099_511_628_211;
        }

        foreach (var c in stamp)
        {
            hash = (hash ^ c) * 1_099_511_628_211;
        }

        return new Engine.SimRandom(hash).Next();
    }
}
