using Halyard.Model;

namespace Halyard;

// How a flag is read: one snapshot, one synchronous evaluation; with Lazy Load, again after fetching what was lacking.
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

        var record = _events?.Rent();
        var scope = new EvaluationScope(snapshot) { Prerequisites = record };
        return EvaluateIn(ref scope, key, context, out flag) with { Record = record };
    }

    private EvaluationResult EvaluateLazily(ILazyDataSystem lazy, string key, Context context, out Flag? flag)
    {
        var now = lazy.Now;
        for (var round = 0; ; round++)
        {
            var result = EvaluateOnce(lazy, now, key, context, out flag, out var misses);
            if (misses is null || round == MostRounds)
            {
                return flag is null ? Unknown(lazy, key) : result;
            }

            _events?.Return(result.Record);
            lazy.Fetch(misses);
        }
    }

    /// <summary>Evaluates when nothing has to be fetched first: always on pushed data, with Lazy Load when all is fresh.</summary>
    private bool TryEvaluateAtOnce(string key, Context context, out EvaluationResult result, out Flag? flag)
    {
        if (_lazy is null)
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

            result = EvaluateOnce(_lazy, _lazy.Now, key, context, out flag, out var misses);
            if (misses is null && flag is null)
            {
                result = Unknown(_lazy, key);
            }

            if (misses is not null)
            {
                _events?.Return(result.Record);
            }

            return misses is null;
        }
        catch (Exception e)
        {
            result = Failed(key, e);
            return true;
        }
    }

    private async ValueTask<(EvaluationResult Result, Flag? Flag)> EvaluateAsync(
        ILazyDataSystem lazy, string key, Context context, CancellationToken cancellationToken)
    {
        try
        {
            var now = lazy.Now;
            for (var round = 0; ; round++)
            {
                var result = EvaluateOnce(lazy, now, key, context, out var flag, out var misses);
                if (misses is null || round == MostRounds)
                {
                    return (flag is null ? Unknown(lazy, key) : result, flag);
                }

                _events?.Return(result.Record);
                await lazy.FetchAsync(misses, cancellationToken).ConfigureAwait(false);
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

    private EvaluationResult EvaluateOnce(
        ILazyDataSystem lazy, long now, string key, Context context, out Flag? flag, out List<MissedItem>? misses)
    {
        var isPulling = lazy.IsPulling;
        var record = _events?.Rent();
        var scope = new EvaluationScope(lazy.Snapshot) { NotesMisses = isPulling, Now = now, Prerequisites = record };
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
