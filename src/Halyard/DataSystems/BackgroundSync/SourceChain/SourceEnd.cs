namespace Halyard.DataSystems;

/// <summary>How a source ended by itself.</summary>
internal enum SourceEnd : byte
{
    /// <summary>It has not.</summary>
    None,

    /// <summary>It fails in a way that retrying soon will not mend.</summary>
    Unexpected,

    /// <summary>It has ended for good.</summary>
    Off,

    /// <summary>The service ordered FDv1.</summary>
    Ordered,
}
