namespace Halyard.Model;

/// <summary>The two kinds of item a data system carries.</summary>
public enum DataKind : byte
{
    /// <summary>A feature flag: <c>flags</c> in FDv1, <c>flag</c> in FDv2, <c>features</c> in stores.</summary>
    Flag,

    /// <summary>A segment: <c>segments</c> in FDv1 and in stores, <c>segment</c> in FDv2.</summary>
    Segment,
}
