namespace Halyard.DataInterfaces;

/// <summary>What a source tells whoever chose it, beside its state. Thread-safe; never throws.</summary>
internal interface ISourceEvents : IDataSourceStatusReporter
{
    /// <summary>A transfer is under way: data has arrived, if not enough to be shown. Called for every item.</summary>
    void ReportProgress();

    /// <summary>The service ordered FDv1. The source has ended; data that came with the order has been written.</summary>
    void ReportFallback(FallbackDirective directive, SourceFailure why);
}
