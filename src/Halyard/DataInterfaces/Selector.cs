namespace Halyard;

/// <summary>Which state of which payload has been transferred, to be sent back as <c>basis</c>. Opaque to the client.</summary>
/// <param name="State">The service's own text.</param>
/// <param name="Version">The payload's version.</param>
public readonly record struct Selector(string State, long Version)
{
    /// <summary>No state: a full transfer is wanted.</summary>
    public static Selector Empty => default;

    /// <summary>Whether this names no state.</summary>
    public bool IsEmpty => string.IsNullOrEmpty(State);
}
