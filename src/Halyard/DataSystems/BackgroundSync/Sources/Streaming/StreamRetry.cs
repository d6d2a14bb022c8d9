using Halyard.DataInterfaces;
using Polly;
using Polly.Retry;

namespace Halyard.DataSystems.Sources.Streaming;

/// <summary>
/// Opens a stream again and again, after delays, until a failure ends it. Made when something has failed, and not before: a
/// start should not pay for it.
/// </summary>
internal sealed class StreamRetry
{
    private readonly Func<CancellationToken, ValueTask<SourceFailure>> _connect;
    private readonly ResiliencePipeline<SourceFailure> _untilEnded;

    // How the connection before ended; null once that has been dealt with.
    private SourceFailure? _ended;

    /// <param name="connect">Lives through one connection and tells how it ended.</param>
    /// <param name="ends">Whether a failure is the last.</param>
    /// <param name="delayAfter">How long to wait after a failure.</param>
    /// <param name="time">The clock.</param>
    public StreamRetry(
        Func<CancellationToken, ValueTask<SourceFailure>> connect, Func<SourceFailure, bool> ends, Func<SourceFailure, TimeSpan> delayAfter, TimeProvider time)
    {
        _connect = connect;
        _untilEnded = new ResiliencePipelineBuilder<SourceFailure> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<SourceFailure>
            {
                ShouldHandle = args => ValueTask.FromResult(args.Outcome.Result is { } failure && !ends(failure)),
                MaxRetryAttempts = int.MaxValue,
                // Polly's curves know neither the kind of failure nor how long the connection was good.
                DelayGenerator = args => ValueTask.FromResult<TimeSpan?>(delayAfter(args.Outcome.Result!)),
            })
            .Build();
    }

    /// <summary>Goes on after the end of a connection.</summary>
    /// <returns>The last failure.</returns>
    public async ValueTask<SourceFailure> RunAsync(SourceFailure ended, CancellationToken stop)
    {
        _ended = ended;
        return await _untilEnded.ExecuteAsync(static (self, token) => self.NextAsync(token), this, stop).ConfigureAwait(false);
    }

    private ValueTask<SourceFailure> NextAsync(CancellationToken stop)
    {
        if (_ended is not { } ended)
        {
            return _connect(stop);
        }

        _ended = null;
        return new(ended);
    }
}
