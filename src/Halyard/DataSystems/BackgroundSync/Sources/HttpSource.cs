using Halyard.Concurrency;
using Halyard.DataInterfaces;
using Halyard.Http;
using Microsoft.Extensions.Logging;

namespace Halyard.DataSystems.Sources;

/// <summary>
/// What streams and polls have in common: one loop that asks again and again over HTTP, one request at a time. How it
/// asks and what the answer means are the heirs' part.
/// </summary>
internal abstract class HttpSource : IDataSynchronizer
{
    private readonly bool _retryTlsFailuresSlowly;
    private readonly Supervisor _supervisor;
    private readonly SourceLoop _loop;
    private bool _hasBegun;

    /// <param name="identity">The source's name.</param>
    /// <param name="http">Disposed with the synchronizer.</param>
    /// <param name="report">Tells of failures.</param>
    /// <param name="retryTlsFailuresSlowly">Whether a failure of TLS counts as one that does not pass by itself.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    protected HttpSource(
        string identity, ServiceHttpClient http, FailureReporter report, bool retryTlsFailuresSlowly, TimeProvider time, ILogger logger)
    {
        Identity = identity;
        Http = http;
        Report = report;
        _retryTlsFailuresSlowly = retryTlsFailuresSlowly;
        Time = time;
        Logger = logger;
        _supervisor = new(identity, time, logger, (fault, delay) => report.Failed(Ended(Failure(fault)) ?? Failure(fault), delay));
        _loop = new(_supervisor, identity, time);
    }

    public string Identity { get; }

    /// <summary>What is told how long reading takes; null for nobody.</summary>
    internal IParseTimes? ParseTimes
    {
        init => Parsing = value is null ? null : new(value);
    }

    /// <summary>For the heirs: what measures their reading; null when nothing does.</summary>
    protected ParseClock? Parsing { get; private init; }

    protected ServiceHttpClient Http { get; }

    protected FailureReporter Report { get; }

    protected TimeProvider Time { get; }

    protected ILogger Logger { get; }

    public Task StartAsync(IDataDestination destination, Bootstrap? bootstrap, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _loop.Start(stop =>
        {
            if (!_hasBegun)
            {
                Begin(bootstrap);
                _hasBegun = true;
            }

            return RunAsync(destination, stop);
        });
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        var ending = new Ending();
        await ending.StepAsync(_loop).ConfigureAwait(false);
        ending.Step(Http.Dispose);
        ending.ThrowIfFailed();
    }

    /// <summary>Called once, before the first request.</summary>
    protected virtual void Begin(Bootstrap? bootstrap)
    {
    }

    /// <summary>The address of the next request.</summary>
    protected abstract Uri NextAddress();

    /// <summary>Asks until it is told to stop, or an answer ends it.</summary>
    protected abstract Task RunAsync(IDataDestination destination, CancellationToken stop);

    /// <summary>Sends one request and takes its whole answer.</summary>
    /// <returns>Why it was no good, or how it ended; null when a poll's data was stored, or is confirmed.</returns>
    protected abstract Task<SourceFailure?> AskAsync(Uri address, IDataDestination destination, CancellationToken stop);

    /// <summary>For the heirs' loops: a step that tests make fail.</summary>
    protected void Pass(string step) => _supervisor.Pass(step);

    /// <summary>Called with the outcome of every request, and with a fault of the loop itself; may change it.</summary>
    protected virtual SourceFailure? Ended(SourceFailure? failure) => failure;

    /// <summary>Asks once; a failure is an outcome as any other.</summary>
    protected async Task<SourceFailure?> TryAskAsync(IDataDestination destination, CancellationToken stop)
    {
        var address = NextAddress();
        HttpLog.Asking(Logger, Identity, address);
        try
        {
            return Ended(await AskAsync(address, Parsing?.Before(destination) ?? destination, stop).ConfigureAwait(false));
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            return Ended(Failure(e));
        }
    }

    private SourceFailure Failure(Exception exception) => SourceFailure.OfException(exception, _retryTlsFailuresSlowly);
}
