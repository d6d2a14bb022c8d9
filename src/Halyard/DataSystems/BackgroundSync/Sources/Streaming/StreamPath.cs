using Halyard.Model;

namespace Halyard.DataSystems.Sources.Streaming;

/// <summary>The paths of FDv1's events: <c>/</c> for everything, <c>/flags/KEY</c> and <c>/segments/KEY</c> for an item.</summary>
internal static class StreamPath
{
    private const string FlagsPrefix = "/flags/";
    private const string SegmentsPrefix = "/segments/";

    /// <summary>Whether a <c>put</c> of this path is for everything.</summary>
    public static bool IsRoot(string? path) => path is null or "" or "/";

    /// <summary>
    /// The item that a path names; false when it names none, or one with an empty key. The key is all that follows the prefix:
    /// it may hold slashes.
    /// </summary>
    public static bool TrySplit(string path, out DataKind kind, out string key)
    {
        if (path.StartsWith(FlagsPrefix, StringComparison.Ordinal))
        {
            (kind, key) = (DataKind.Flag, path[FlagsPrefix.Length..]);
        }
        else if (path.StartsWith(SegmentsPrefix, StringComparison.Ordinal))
        {
            (kind, key) = (DataKind.Segment, path[SegmentsPrefix.Length..]);
        }
        else
        {
            (kind, key) = (default, "");
            return false;
        }

        // Nobody can ask for an item with an empty key.
        return key.Length > 0;
    }
}
