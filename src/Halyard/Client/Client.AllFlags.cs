using System.Security.Cryptography;
using System.Text;
using Halyard.AllFlags;
using Halyard.Evaluation;
using Halyard.Telemetry;

namespace Halyard;

public sealed partial class Client
{
    /// <summary>
    /// The values of all flags for a context, of one moment, for a front end to start with. Without data, or for an
    /// invalid context, the state is empty and not valid.
    /// </summary>
    public AllFlagsState AllFlagsState(Context context, AllFlagsOptions options = AllFlagsOptions.None)
    {
        try
        {
            if (_lazy is { AllFresh: false })
            {
                _lazy.FetchAll();
            }
            else if (_lazy is { FetchesOnDemand: true })
            {
                HalyardMetrics.CountHit();
            }

            var known = (IBigSegmentSource?)_bigSegments;
            for (var round = 0; ; round++)
            {
                var state = MakeAllFlagsState(context, options, known, out var misses);
                if (misses is null || round == MaxEvaluationRounds)
                {
                    return state;
                }

                known = _bigSegments!.FetchAll(misses, known!);
            }
        }
        catch (Exception e)
        {
            return FailedAllFlags(e);
        }
    }

    /// <summary>The same, awaiting a persistent store.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<AllFlagsState> AllFlagsStateAsync(
        Context context, AllFlagsOptions options = AllFlagsOptions.None, CancellationToken cancellationToken = default)
    {
        if (_bigSegments is null && _lazy is not { AllFresh: false })
        {
            return AllFlagsState(context, options);
        }

        try
        {
            if (_lazy is { AllFresh: false })
            {
                // What was fetched is evaluated as it is: with a TTL of zero it would count as outdated at once.
                await _lazy.FetchAllAsync(cancellationToken).ConfigureAwait(false);
            }

            var known = (IBigSegmentSource?)_bigSegments;
            for (var round = 0; ; round++)
            {
                var state = MakeAllFlagsState(context, options, known, out var misses);
                if (misses is null || round == MaxEvaluationRounds)
                {
                    return state;
                }

                known = await _bigSegments!.FetchAllAsync(misses, known!, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (!(e is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            return FailedAllFlags(e);
        }
    }

    /// <summary>
    /// The hash that a front end presents to show that it may ask for this context (secure mode): the lowercase
    /// hexadecimal HMAC-SHA256 of the context's <see cref="Context.FullyQualifiedKey"/> under the SDK key. Empty for
    /// an invalid context.
    /// </summary>
    public string SecureModeHash(Context context) =>
        context is { IsValid: true }
            ? Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(_options.SdkKey), Encoding.UTF8.GetBytes(context.FullyQualifiedKey)))
            : "";

    /// <summary>
    /// Calls a handler whenever the flag's value for the context changes. Calls come in order, off the writer's
    /// thread; a handler that throws goes on being called. Dispose the result to stop.
    /// </summary>
    /// <param name="key">The flag's key; the flag need not exist yet.</param>
    /// <param name="context">What the flag is evaluated for.</param>
    /// <param name="onChange">Told of the old and the new value.</param>
    /// <param name="defaultValue">Stands for the value when there is none.</param>
    public IDisposable TrackValue(string key, Context context, Action<FlagValueChange> onChange, Value defaultValue = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(onChange);
        return new ValueTracker(this, _logger, key, context, onChange, defaultValue);
    }

    private AllFlagsState FailedAllFlags(Exception e)
    {
        ClientLog.EvaluationFailed(_logger, e, null);
        return Halyard.AllFlagsState.Invalid;
    }

    private AllFlagsState MakeAllFlagsState(
        Context context, AllFlagsOptions options, IBigSegmentSource? bigSegments, out List<MissedItem>? misses)
    {
        misses = null;
        if (context is null || !context.IsValid)
        {
            return Halyard.AllFlagsState.Invalid;
        }

        var snapshot = _system.Snapshot;
        if (!snapshot.Initialized && (_lazy is null || snapshot.Flags.Live.Count == 0))
        {
            NotReady();
            return Halyard.AllFlagsState.Invalid;
        }

        return AllFlagsBuilder.Build(snapshot, context, options, _timeProvider.GetUtcNow(), bigSegments, out misses);
    }
}
