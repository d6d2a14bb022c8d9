using System.Runtime.CompilerServices;
using Halyard.DataInterfaces;
using Halyard.Evaluation;
using Halyard.Model;
using Halyard.Telemetry;

namespace Halyard;

// How a flag is read: one snapshot, one synchronous evaluation; with Lazy Load or big segments, again after fetching
// what was lacking.
public sealed partial class Client
{
    /// <summary>
    /// How often one read may find something more to fetch: each round reaches one level of prerequisites or segments
    /// deeper. Data that changes under the reader can cost a round; a bound keeps any read finite.
    /// </summary>
    private const int MaxEvaluationRounds = 100;

    private int _saidNotReady;
    private int _saidLastKnown;

    private EvaluationResult Evaluate(string key, Context context, out Flag? flag)
    {
        try
        {
            if (Refuses(key, context, out var refusal))
            {
                flag = null;
                return new(EvaluationResult.None, refusal);
            }

            return _lazy is not { FetchesOnDemand: true }
                ? EvaluatePushed(key, context, out flag)
                : EvaluateInRounds(null, key, context, out flag);
        }
        catch (Exception e)
        {
            flag = null;
            return Failed(key, e);
        }
    }

    private EvaluationResult EvaluatePushed(string key, Context context, out Flag? flag)
    {
        var snapshot = _system.Snapshot;
        if (!snapshot.Initialized)
        {
            flag = null;
            return NotReady();
        }

        if (_saidLastKnown == 0 && DataSourceStatus.IsInitializing)
        {
            SayLastKnown();
        }

        if (_bigSegments is not null)
        {
            return EvaluateInRounds(snapshot, key, context, out flag);
        }

        var record = _events?.Rent();
        var scope = new EvaluationScope(snapshot, record);
        var reason = EvaluateIn(ref scope, key, context, out flag, out var variation);
        return new(variation, reason, record);
    }

    // Apart, so that the frame of a read that never fetches stays small: the runtime clears all of it at every call.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private EvaluationResult EvaluateInRounds(DataSnapshot? pushed, string key, Context context, out Flag? flag)
    {
        var rounds = pushed is null ? NewRounds() : new(pushed, _bigSegments);
        while (true)
        {
            var result = EvaluateRound(ref rounds, key, context, out flag, out var misses);
            if (misses is null)
            {
                return result;
            }

            rounds.Lazy?.Fetch(misses);
            rounds.Known = _bigSegments?.Fetch(misses, rounds.Known!);
        }
    }

    /// <summary>
    /// Evaluates when nothing has to be fetched first: always on pushed data without big segments, otherwise when all
    /// is fresh.
    /// </summary>
    private bool TryEvaluateAtOnce(string key, Context context, out EvaluationResult result, out Flag? flag)
    {
        if (_lazy is null && (_bigSegments is null || !_system.Snapshot.Initialized))
        {
            result = Evaluate(key, context, out flag);
            return true;
        }

        flag = null;
        try
        {
            if (Refuses(key, context, out var refusal))
            {
                result = new(EvaluationResult.None, refusal);
                return true;
            }

            if (_lazy is null && _saidLastKnown == 0 && DataSourceStatus.IsInitializing)
            {
                SayLastKnown();
            }

            var rounds = NewRounds();
            result = EvaluateRound(ref rounds, key, context, out flag, out var misses);
            return misses is null;
        }
        catch (Exception e)
        {
            result = Failed(key, e);
            return true;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(EvaluationResult Result, Flag? Flag)> EvaluateAsync(
        string key, Context context, CancellationToken cancellationToken)
    {
        try
        {
            var rounds = NewRounds();
            while (true)
            {
                var result = EvaluateRound(ref rounds, key, context, out var flag, out var misses);
                if (misses is null)
                {
                    return (result, flag);
                }

                if (rounds.Lazy is not null)
                {
                    await rounds.Lazy.FetchAsync(misses, cancellationToken).ConfigureAwait(false);
                }

                if (_bigSegments is not null)
                {
                    rounds.Known = await _bigSegments.FetchAsync(misses, rounds.Known!, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The one thing an asynchronous read throws: the caller asked for it.
            throw;
        }
        catch (Exception e)
        {
            return (Failed(key, e), null);
        }
    }

    /// <summary>A read of a store that needed no second round was answered by the cache alone.</summary>
    private static void CountRead(ILazyDataSystem lazy, int round)
    {
        if (round == 0 && lazy.FetchesOnDemand)
        {
            HalyardMetrics.CountHit();
        }
    }

    private ReadRounds NewRounds() => _lazy is null ? new(_system.Snapshot, _bigSegments) : new(_lazy, _bigSegments);

    /// <summary>One round of a read that may have to fetch. What it lacked is to be fetched before the next; null ends the read.</summary>
    private EvaluationResult EvaluateRound(
        ref ReadRounds rounds, string key, Context context, out Flag? flag, out List<MissedItem>? misses)
    {
        var lazy = rounds.Lazy;

        // Before the snapshot: once false, the snapshot is complete.
        var fetchesOnDemand = lazy is { FetchesOnDemand: true };
        var record = _events?.Rent();
        var scope = new EvaluationScope(lazy is null ? rounds.Snapshot! : lazy.Snapshot)
        {
            NotesMisses = fetchesOnDemand,
            Now = rounds.Now,
            BigSegments = rounds.Known,
            Prerequisites = record,
        };
        var reason = EvaluateIn(ref scope, key, context, out flag, out var variation);
        var result = new EvaluationResult(variation, reason, record);
        misses = scope.Misses;
        if (misses is not null && rounds.Count++ < MaxEvaluationRounds)
        {
            _events?.Return(record);
            return result;
        }

        misses = null;
        if (lazy is null)
        {
            return result;
        }

        CountRead(lazy, rounds.Count);
        return flag is null ? Unknown(lazy, key) with { Record = record } : result;
    }

    private static EvaluationReason EvaluateIn(
        ref EvaluationScope scope, string key, Context context, out Flag? flag, out int variation)
    {
        flag = scope.GetFlag(key);
        if (flag is not null)
        {
            return Evaluator.Evaluate(flag, context, ref scope, out variation);
        }

        variation = EvaluationResult.None;
        return EvaluationReason.Error(EvaluationErrorKind.FlagNotFound);
    }

    private static bool Refuses(string key, Context context, out EvaluationReason reason)
    {
        // Nullable annotations bind only callers that compile with them.
        if (context is null || !context.IsValid)
        {
            reason = EvaluationReason.Error(EvaluationErrorKind.UserNotSpecified);
            return true;
        }

        if (string.IsNullOrEmpty(key))
        {
            reason = EvaluationReason.Error(EvaluationErrorKind.FlagNotFound);
            return true;
        }

        reason = default;
        return false;
    }

    /// <summary>A store that could not be asked is not the same as a store that knows no such flag.</summary>
    private EvaluationResult Unknown(ILazyDataSystem lazy, string key) =>
        lazy.IsKnown(DataKind.Flag, key)
            ? new(EvaluationResult.None, EvaluationReason.Error(EvaluationErrorKind.FlagNotFound))
            : NotReady();

    private EvaluationResult NotReady()
    {
        if (!IsOffline && Interlocked.Exchange(ref _saidNotReady, 1) == 0)
        {
            ClientLog.ReadBeforeData(_logger);
        }

        return new(EvaluationResult.None, EvaluationReason.Error(EvaluationErrorKind.ClientNotReady));
    }

    private void SayLastKnown()
    {
        if (Interlocked.Exchange(ref _saidLastKnown, 1) == 0)
        {
            ClientLog.ReadLastKnown(_logger, _system.Identity);
        }
    }

    private EvaluationResult Failed(string? key, Exception e)
    {
        ClientLog.EvaluationFailed(_logger, e, key);
        return new(EvaluationResult.None, EvaluationReason.Error(EvaluationErrorKind.Exception));
    }

    /// <summary>What a read that may have to fetch carries from round to round.</summary>
    private struct ReadRounds
    {
        public ReadRounds(DataSnapshot snapshot, IBigSegmentSource? bigSegments)
        {
            Snapshot = snapshot;
            Known = bigSegments;
        }

        public ReadRounds(ILazyDataSystem lazy, IBigSegmentSource? bigSegments)
        {
            Lazy = lazy;
            Now = lazy.Now;
            Known = bigSegments;
        }

        /// <summary>Where items are fetched; its snapshot of the moment is read in each round. Null for pushed data.</summary>
        public ILazyDataSystem? Lazy { get; }

        /// <summary>Pushed data, the same in each round; null with <see cref="Lazy"/>.</summary>
        public DataSnapshot? Snapshot { get; }

        /// <summary>The read's one clock reading.</summary>
        public long Now { get; }

        /// <summary>What is known of big segments, with all that was fetched for this read.</summary>
        public IBigSegmentSource? Known { get; set; }

        /// <summary>How many rounds lacked something.</summary>
        public int Count { get; set; }
    }
}
