using System.Runtime.CompilerServices;
using Halyard.DataComponents;
using Halyard.DataSystems;
using Halyard.Evaluation;
using Halyard.Model;

namespace Halyard;

// The short way from a flag to its value, for a client without hooks, events and big segments. Whether a client may take
// it is decided once, when the client is made, so that a read tests one field, or two. FlagReader is the long way.
public sealed partial class Client
{
    /// <summary>The data of a client without hooks, events, big segments and Lazy Load; null for every other.</summary>
    private readonly MemoryStore? _plain;

    /// <summary>The same for Lazy Load, whose cache may hold what a read needs.</summary>
    private readonly LazyLoad? _plainLazy;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Flag? EvaluatePlain(string key, Context context, out int variation, out EvaluationReason reason)
    {
        if (_plain is { } data)
        {
            return EvaluatePlain(data, key, context, out variation, out reason);
        }

        if (_plainLazy is { } lazy)
        {
            return EvaluatePlain(lazy, key, context, out variation, out reason);
        }

        variation = EvaluationResult.None;
        reason = default;
        return null;
    }

    /// <summary>
    /// Evaluates; null when there is no such flag, no data, or something to log, in which cases the long way gives the
    /// answer. Never throws.
    /// </summary>
    // Not inlined: the callers exist once for each type, and a method with an exception handler is never inlined anyway.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Flag? EvaluatePlain(MemoryStore data, string key, Context context, out int variation, out EvaluationReason reason)
    {
        variation = EvaluationResult.None;
        reason = default;
        try
        {
            var snapshot = data.Snapshot;
            if (Overrides.Current is not null)
            {
                // After the look at the data, so that both are of one moment.
                return EvaluateOverridden(data, key, context, out variation, out reason);
            }

            if (context is not { IsValid: true }
                || string.IsNullOrEmpty(key)
                || !snapshot.Initialized
                || (DataSourceStatus.IsInitializing && !_reader.SaidLastKnown)
                || snapshot.Flags.Find(key)?.Item is not { } flag)
            {
                return null;
            }

            var scope = new EvaluationScope(snapshot);
            reason = Evaluator.Evaluate(flag, context, ref scope, out variation);
            return flag;
        }
        catch (Exception)
        {
            // The long way evaluates again, meets the same exception and logs it.
            return null;
        }
    }

    /// <summary>The same of a client that has, or had, overrides.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Flag? EvaluateOverridden(MemoryStore data, string key, Context context, out int variation, out EvaluationReason reason)
    {
        variation = EvaluationResult.None;
        reason = default;
        if (context is not { IsValid: true } || string.IsNullOrEmpty(key))
        {
            return null;
        }

        var view = Overrides.Over(data);
        var flag = view.Overridden(key);
        if (flag is null)
        {
            if (!view.Data.Initialized
                || (DataSourceStatus.IsInitializing && !_reader.SaidLastKnown)
                || view.Data.Flags.Find(key)?.Item is not { } found)
            {
                return null;
            }

            flag = found;
        }

        var scope = new EvaluationScope(view);
        reason = Evaluator.Evaluate(flag, context, ref scope, out variation);
        return flag;
    }

    /// <summary>Evaluates; null also when anything has to be fetched first, and when there are overrides.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Flag? EvaluatePlain(LazyLoad lazy, string key, Context context, out int variation, out EvaluationReason reason)
    {
        variation = EvaluationResult.None;
        reason = default;
        try
        {
            var now = lazy.Now;
            var snapshot = lazy.Snapshot;
            if (context is not { IsValid: true }
                || string.IsNullOrEmpty(key)
                || snapshot.Flags.Find(key) is not { Item: { } flag } item
                || item.FreshUntil <= now
                || Overrides.Current is not null)
            {
                return null;
            }

            if (!item.Touched)
            {
                item.Touched = true;
            }

            var scope = new EvaluationScope(snapshot, now);
            reason = Evaluator.Evaluate(flag, context, ref scope, out variation);
            if (scope.Misses is not null)
            {
                return null;
            }

            _metrics.CountHit();
            return flag;
        }
        catch (Exception)
        {
            // The long way evaluates again, meets the same exception and logs it.
            return null;
        }
    }

    private T ReadValue<T, TType>(string key, Context context, T defaultValue, [CallerMemberName] string? hookedMethod = null)
        where TType : struct, IVariationType<T>
    {
        if (EvaluatePlain(key, context, out var variation, out _) is not { } flag)
        {
            return Read<T, TType>(key, context, defaultValue, wantsReason: false, hookedMethod).Value;
        }

        return ValueOf<T, TType>(flag, variation, defaultValue);
    }

    private static T ValueOf<T, TType>(Flag flag, int variation, T defaultValue)
        where TType : struct, IVariationType<T> =>
        variation >= 0 && TType.TryRead(flag.Variations.ItemRef(variation), out var value) ? value : defaultValue;

    private EvaluationDetail<T> ReadDetail<T, TType>(string key, Context context, T defaultValue, [CallerMemberName] string? hookedMethod = null)
        where TType : struct, IVariationType<T>
    {
        if (EvaluatePlain(key, context, out var variation, out var reason) is not { } flag)
        {
            return Read<T, TType>(key, context, defaultValue, wantsReason: true, hookedMethod);
        }

        return Detail<T, TType>(new(variation, reason), flag, defaultValue);
    }
}
