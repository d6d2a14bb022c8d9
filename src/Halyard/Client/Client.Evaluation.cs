using System.Runtime.CompilerServices;
using Halyard.Model;

namespace Halyard;

// How a flag is read: one snapshot, one synchronous evaluation; with Lazy Load or big segments, again after fetching
// what was lacking.
public sealed partial class Client
{
    /// <summary>
    /// How often one read may find something more to fetch: each round reaches one level of prerequisites or segments
    /// deeper. Data that changes under the reader can cost a round; a bound keeps any read finite.
    /// </summary>
    private const int MostRounds = 100;

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

            return _lazy is not { IsPulling: true }
                ? EvaluatePushed(key, context, out flag)
                : EvaluateLazily(_lazy, key, context, out flag);
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
            return EvaluateWithBigSegments(_bigSegments, snapshot, key, context, out flag);
        }

        var record = _events?.Rent();
        var scope = new EvaluationScope(snapshot) { Prerequisites = record };
        return EvaluateIn(ref scope, key, context, out flag) with { Record = record };
    }

    private EvaluationResult EvaluateWithBigSegments(
        BigSegmentSource bigSegments, DataSnapshot snapshot, string key, Context context, out Flag? flag)
    {
        IBigSegmentSource known = bigSegments;
        for (var round = 0; ; round++)
        {
            var result = EvaluateOnce(snapshot, known, key, context, out flag, out var misses);
            if (misses is null || round == MostRounds)
            {
                return result;
            }

            _events?.Return(result.Record);
            known = bigSegments.Fetch(misses, known);
        }
    }

    private EvaluationResult EvaluateLazily(ILazyDataSystem lazy, string key, Context context, out Flag? flag)
    {
        var now = lazy.Now;
        IBigSegmentSource? known = _bigSegments;
        for (var round = 0; ; round++)
        {
            var result = EvaluateOnce(lazy, now, known, key, context, out flag, out var misses);
            if (misses is null || round == MostRounds)
            {
                CountRead(lazy, round);
                return flag is null ? Unknown(lazy, key) with { Record = result.Record } : result;
            }

            _events?.Return(result.Record);
            lazy.Fetch(misses);
            known = _bigSegments?.Fetch(misses, known!);
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

            List<MissedItem>? misses;
            if (_lazy is null)
            {
                if (_saidLastKnown == 0 && DataSourceStatus.IsInitializing)
                {
                    SayLastKnown();
                }

                result = EvaluateOnce(_system.Snapshot, _bigSegments, key, context, out flag, out misses);
                if (misses is not null)
                {
                    _events?.Return(result.Record);
                }

                return misses is null;
            }

            result = EvaluateOnce(_lazy, _lazy.Now, _bigSegments, key, context, out flag, out misses);
            if (misses is not null)
            {
                _events?.Return(result.Record);
                return false;
            }

            CountRead(_lazy, round: 0);
            if (flag is null)
            {
                result = Unknown(_lazy, key) with { Record = result.Record };
            }

            return true;
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
            return _lazy is null
                ? await EvaluatePushedAsync(_bigSegments!, _system.Snapshot, key, context, cancellationToken).ConfigureAwait(false)
                : await EvaluateLazilyAsync(_lazy, key, context, cancellationToken).ConfigureAwait(false);
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
        if (round == 0 && lazy.IsPulling)
        {
            HalyardMetrics.CountHit();
        }
    }

    private async ValueTask<(EvaluationResult Result, Flag? Flag)> EvaluatePushedAsync(
        BigSegmentSource bigSegments, DataSnapshot snapshot, string key, Context context, CancellationToken cancellationToken)
    {
        IBigSegmentSource known = bigSegments;
        for (var round = 0; ; round++)
        {
            var result = EvaluateOnce(snapshot, known, key, context, out var flag, out var misses);
            if (misses is null || round == MostRounds)
            {
                return (result, flag);
            }

            _events?.Return(result.Record);
            known = await bigSegments.FetchAsync(misses, known, cancellationToken).ConfigureAwait(false);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<(EvaluationResult Result, Flag? Flag)> EvaluateLazilyAsync(
        ILazyDataSystem lazy, string key, Context context, CancellationToken cancellationToken)
    {
        var now = lazy.Now;
        IBigSegmentSource? known = _bigSegments;
        for (var round = 0; ; round++)
        {
            var result = EvaluateOnce(lazy, now, known, key, context, out var flag, out var misses);
            if (misses is null || round == MostRounds)
            {
                CountRead(lazy, round);
                return (flag is null ? Unknown(lazy, key) with { Record = result.Record } : result, flag);
            }

            _events?.Return(result.Record);
            await lazy.FetchAsync(misses, cancellationToken).ConfigureAwait(false);
            if (_bigSegments is not null)
            {
                known = await _bigSegments.FetchAsync(misses, known!, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private EvaluationResult EvaluateOnce(
        DataSnapshot snapshot, IBigSegmentSource? bigSegments, string key, Context context, out Flag? flag, out List<MissedItem>? misses)
    {
        var record = _events?.Rent();
        var scope = new EvaluationScope(snapshot) { BigSegments = bigSegments, Prerequisites = record };
        var result = EvaluateIn(ref scope, key, context, out flag) with { Record = record };
        misses = scope.Misses;
        return result;
    }

    private EvaluationResult EvaluateOnce(
        ILazyDataSystem lazy,
        long now,
        IBigSegmentSource? bigSegments,
        string key,
        Context context,
        out Flag? flag,
        out List<MissedItem>? misses)
    {
        var isPulling = lazy.IsPulling;
        var record = _events?.Rent();
        var scope = new EvaluationScope(lazy.Snapshot) { NotesMisses = isPulling, Now = now, BigSegments = bigSegments, Prerequisites = record };
        var result = EvaluateIn(ref scope, key, context, out flag) with { Record = record };
        misses = scope.Misses;
        return result;
    }

    private static EvaluationResult EvaluateIn(ref EvaluationScope scope, string key, Context context, out Flag? flag)
    {
        flag = scope.GetFlag(key);
        return flag is null
            ? new(EvaluationResult.None, EvaluationReason.Error(EvaluationErrorKind.FlagNotFound))
            : Evaluator.Evaluate(flag, context, ref scope);
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
}
