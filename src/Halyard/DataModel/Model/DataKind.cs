namespace Halyard.Model;

/// <summary>The two kinds of item a data system carries.</summary>
public enum DataKind : byte
{
    /// <summary>A feature flag: <c>flags</c> on the older wire, <c>flag</c> on the newer, <c>features</c> in stores.</summary>
    Flag,

    /// <summary>A segment: <c>segments</c> on the older wire and in stores, <c>segment</c> on the newer wire.</summary>
    Segment,
}
