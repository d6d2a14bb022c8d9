namespace Halyard.DataComponents;

/// <summary>What a snapshot file holds.</summary>
internal sealed record SnapshotContent(SnapshotHeader Header, DataSet Data);
