namespace Halyard.Simulation.World;

/// <summary>How a connection ends.</summary>
internal enum ConnectionEnd
{
    /// <summary>As an answer ends.</summary>
    Close,

    /// <summary>With an error.</summary>
    Reset,

    /// <summary>It does not: nothing comes any more, and nobody says so.</summary>
    Silence,
}
