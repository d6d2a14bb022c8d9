namespace Halyard.AllFlags;

/// <summary>Which optional parts of a flag's metadata are shown.</summary>
[Flags]
internal enum FlagStateParts : byte
{
    None = 0,
    Version = 1,
    Reason = 2,
    Track = 4,
    TrackReason = 8,
}
