namespace Halyard.DataSystems.Sources.Fdv2;

/// <summary>What an event of FDv2 says.</summary>
internal enum PayloadEventKind : byte
{
    /// <summary>Nothing for a client: a heartbeat, or a name of a later version of the protocol.</summary>
    Ignored,

    /// <summary>A transfer begins that replaces everything.</summary>
    IntentFull,

    /// <summary>A transfer of changes begins.</summary>
    IntentChanges,

    /// <summary>The data held is up to date.</summary>
    IntentNone,

    /// <summary>An intent that this version of the protocol does not know; its text is the code.</summary>
    IntentUnknown,

    /// <summary>An item or a tombstone.</summary>
    Item,

    /// <summary>An item of a kind that is not known; its text is the kind.</summary>
    UnknownItem,

    /// <summary>The transfer is complete.</summary>
    Transferred,

    /// <summary>The service could not go on with the transfer; its text is the reason.</summary>
    Error,

    /// <summary>The service will close the connection; its text is the reason.</summary>
    Goodbye,
}
