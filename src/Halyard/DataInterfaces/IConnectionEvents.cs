namespace Halyard.DataInterfaces;

/// <summary>What a stream tells beside its state. Thread-safe; never throws.</summary>
internal interface IConnectionEvents
{
    /// <summary>The stream is open; no data has come yet.</summary>
    void ReportConnected();

    /// <summary>The stream has ended, with no failure to report.</summary>
    void ReportDisconnected();
}
