namespace Halyard.Cli;

/// <summary>What can be made to go wrong.</summary>
internal enum FaultKind : byte
{
    /// <summary>The answer is an error status.</summary>
    Status,

    /// <summary>The answer comes late.</summary>
    Delay,

    /// <summary>The connection ends without an answer; an open stream ends in mid-air.</summary>
    Drop,

    /// <summary>The connection ends after so many bytes of the answer's body.</summary>
    Cut,

    /// <summary>A poll's body, or a stream's first event, is not JSON.</summary>
    Garbage,

    /// <summary>Newer protocol: the stream, or the poll's answer, is a goodbye.</summary>
    Goodbye,

    /// <summary>Newer protocol: an error event breaks off a transfer; a stream then begins it anew.</summary>
    Error,

    /// <summary>FDv2: the answer's headers order the client to use FDv1.</summary>
    Fallback,
}
