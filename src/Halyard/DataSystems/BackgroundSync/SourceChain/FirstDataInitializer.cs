using Halyard.DataInterfaces;
using Halyard.Model;

namespace Halyard.DataSystems;

/// <summary>
/// Makes an initializer of any synchronizer: it runs until its first data or its first failure.
/// </summary>
internal sealed class FirstDataInitializer : IDataInitializer, ISourceEvents
{
    private readonly IDataSynchronizer _source;
    private readonly TaskCompletionSource<SourceFailure?> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Set by the source's write, before it reports that it is valid.
    private volatile bool _hasWritten;

    public FirstDataInitializer(SourceFactory entry) => _source = entry.Create(this);

    public async Task<SourceFailure?> FetchAsync(IDataDestination destination, Selector held, CancellationToken cancellationToken)
    {
        try
        {
            await _source.StartAsync(new FirstWrite(this, destination), new Bootstrap(held), cancellationToken).ConfigureAwait(false);
            return await _done.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return SourceFailure.OfException(e, retryTlsFailuresSlowly: true);
        }
    }

    public void ReportValid()
    {
        if (_hasWritten)
        {
            _done.TrySetResult(null);
        }
    }

    // An initializer is not retried, not even after a passing failure: the next one in line is as good.
    public void ReportInterrupted(DataSourceErrorKind kind, string message, int? statusCode = null) =>
        _done.TrySetResult(new(kind, statusCode, message));

    public void ReportUnexpected(DataSourceErrorKind kind, string message, int? statusCode = null) =>
        ReportInterrupted(kind, message, statusCode);

    public void ReportOff(DataSourceErrorKind kind, string message, int? statusCode = null) =>
        ReportInterrupted(kind, message, statusCode);

    public void ReportProgress()
    {
    }

    public void ReportFallback(FallbackDirective directive, SourceFailure why) => _done.TrySetResult(why with { Directive = directive });

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private sealed class FirstWrite(FirstDataInitializer owner, IDataDestination inner) : IDataDestination
    {
        public string Identity => inner.Identity;

        public void Init(DataSet dataSet)
        {
            inner.Init(dataSet);
            owner._hasWritten = true;
        }

        public bool Upsert(DataKind kind, string key, ItemDescriptor item)
        {
            var stored = inner.Upsert(kind, key, item);
            owner._hasWritten = true;
            return stored;
        }

        public void Apply(ChangeSet changeSet)
        {
            inner.Apply(changeSet);
            owner._hasWritten = true;
        }
    }
}
