namespace Halyard.IntegrationTests;

/// <summary>How much a store tells of a write.</summary>
public enum StoreVoice
{
    /// <summary>Nothing.</summary>
    Silent,

    /// <summary>That something was written.</summary>
    Tells,

    /// <summary>Which item was written.</summary>
    Names,
}
