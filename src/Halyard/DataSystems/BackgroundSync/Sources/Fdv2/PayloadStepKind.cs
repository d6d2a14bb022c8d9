namespace Halyard.DataSystems.Sources.Fdv2;

/// <summary>What follows from an event.</summary>
internal enum PayloadStepKind : byte
{
    /// <summary>Nothing yet.</summary>
    None,

    /// <summary>A change set is to be applied.</summary>
    Changes,

    /// <summary>An item of an unknown kind was left out; the text is the kind.</summary>
    Skipped,

    /// <summary>The service gave up the transfer, and may begin another on the same connection; the text is the reason.</summary>
    Abandoned,

    /// <summary>The service says goodbye; the text is the reason.</summary>
    Goodbye,

    /// <summary>The order of events is broken: this connection makes no sense any more. The text says how.</summary>
    Broken,
}
