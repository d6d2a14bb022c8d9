namespace Halyard;

/// <summary>The state of the connection to the source of flag data.</summary>
public enum DataSourceState : byte
{
    /// <summary>No data has arrived yet; stays so through failures until the first success.</summary>
    Initializing,

    /// <summary>Data is arriving.</summary>
    Valid,

    /// <summary>Data arrived before and the source is failing now; the last known data is served.</summary>
    Interrupted,

    /// <summary>The source has ended for good: disposed, or refused for a reason that retrying cannot mend.</summary>
    Off,
}
