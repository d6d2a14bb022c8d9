using Halyard.Model;

namespace Halyard.Fuzzing;

/// <summary>Each key counts once: as a good item, or as one in quarantine.</summary>
internal static class Uniqueness
{
    /// <summary>Checks a data set as a service sends it.</summary>
    public static void Holds(DataSet data)
    {
        var keys = new HashSet<(DataKind, string)>();
        foreach (var item in data.Flags.Concat<ItemDescriptor>(data.Segments).Concat(data.Malformed))
        {
            Promise.Holds(item.Key.Length > 0, "no item has an empty key");
            Promise.Holds(keys.Add((item.Kind, item.Key)), "each key counts once", $"{item.Kind} {item.Key}");
        }
    }

    /// <summary>Checks a data set that is kept: beside an item in quarantine its last good version may stand.</summary>
    public static void HoldsEach(DataSet data)
    {
        Holds(data with { Malformed = [] });
        Holds(new DataSet([], []) { Malformed = data.Malformed });
    }
}
