namespace Halyard.Cli;

/// <summary>Marks the routes whose answers are event streams.</summary>
internal sealed class StreamRoute
{
    public static StreamRoute Marker { get; } = new();
}
