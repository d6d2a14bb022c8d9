using Halyard.DataInterfaces;

namespace Halyard.DataSystems;

/// <summary>What a chain as a whole says of itself: its state, the source in use, and why it came to that. Used by the chain's loop alone.</summary>
/// <param name="status">Where it is reported.</param>
/// <param name="time">The clock.</param>
internal sealed class ChainStatus(DataSourceStatusManager status, TimeProvider time)
{
    /// <summary>Where the source in use reports what concerns the whole.</summary>
    public IDataSourceStatusReporter Reporter => status;

    /// <summary>Why the last source failed; null when none has.</summary>
    public SourceFailure? LastFailure { get; set; }

    /// <summary>A source comes into use.</summary>
    public void Activate(string name)
    {
        var last = status.Current.Active;
        status.ReportActive(new(name, time.GetUtcNow(), last?.Name ?? last?.PreviousName, last?.LeftBecause));
    }

    /// <summary>The source in use is left.</summary>
    public void Deactivate(string because) =>
        status.ReportActive(new(null, time.GetUtcNow(), status.Current.Active?.Name, because));

    public void ReportInterrupted(SourceFailure failure) =>
        status.ReportInterrupted(failure.Kind, failure.Message, failure.StatusCode);

    public void ReportUnexpected(SourceFailure failure) =>
        status.ReportUnexpected(failure.Kind, failure.Message, failure.StatusCode);

    /// <summary>No source is left; the last failure says why.</summary>
    public void ReportOff()
    {
        var failure = LastFailure ?? new(DataSourceErrorKind.Unknown, null, "no source is left");
        status.ReportOff(failure.Kind, failure.Message, failure.StatusCode);
    }
}
