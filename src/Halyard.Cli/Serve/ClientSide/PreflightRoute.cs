namespace Halyard.Cli;

/// <summary>Marks the questions that browsers ask before a request: they carry no key, and get no data.</summary>
internal sealed class PreflightRoute
{
    public static PreflightRoute Marker { get; } = new();
}
