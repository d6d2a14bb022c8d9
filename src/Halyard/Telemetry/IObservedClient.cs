namespace Halyard.Telemetry;

/// <summary>What metrics look up of a client when somebody collects them. Thread-safe; sends no request.</summary>
internal interface IObservedClient
{
    /// <summary>The client's name; empty for none.</summary>
    string Name { get; }

    DataSourceStatus Status { get; }

    /// <summary>How long ago the source delivered or confirmed data last; null before the first time, and for a client that is not to be asked.</summary>
    TimeSpan? Age { get; }

    /// <summary>What the source in use calls itself.</summary>
    string Source { get; }

    /// <summary>How many flags and segments are held, deleted ones and placeholders apart.</summary>
    (int Flags, int Segments) Items { get; }

    /// <summary>How many flags and segments are overridden.</summary>
    (int Flags, int Segments) Overrides { get; }

    /// <summary>How often a source was connected to.</summary>
    long Connections { get; }

    /// <summary>How many bytes of flag data arrived over the network, as they were sent.</summary>
    long ReceivedBytes { get; }

    /// <summary>How many events wait for listeners now, and how many were ever merged because a listener was far behind.</summary>
    (int Waiting, long Merged) Listeners { get; }

    /// <summary>How many failures of a kind the source has reported.</summary>
    long Failures(DataSourceErrorKind kind);
}
