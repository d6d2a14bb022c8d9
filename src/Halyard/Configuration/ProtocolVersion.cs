namespace Halyard;

/// <summary>The protocols of LaunchDarkly's service in which flag data comes.</summary>
public enum ProtocolVersion : byte
{
    /// <summary>FDv1: each item has a version of its own, and a newer one wins.</summary>
    Fdv1 = 1,

    /// <summary>FDv2: whole payloads have states, and a client that comes back is told what has changed since its own.</summary>
    Fdv2 = 2,
}
