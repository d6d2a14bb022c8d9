using System.Runtime.CompilerServices;
using Halyard.Model;

namespace Halyard;

// The shortest way from a flag to its value: pushed data in memory, and nobody who watches or is to be asked. All of
// that is decided once, when the client is made, so that a read tests one field.
public sealed partial class Client
{
    /// <summary>The data of a client without hooks, events, big segments and Lazy Load; null for every other.</summary>
    private readonly MemoryStore? _plain;

    /// <summary>
    /// Evaluates; null when there is no such flag, no data, or anything to be said beside the value, in which cases the
    /// longer way gives the answer. Never throws.
    /// </summary>
    // Not part of its callers: they exist once for each type, and a frame with a handler is not inlined anyway.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Flag? EvaluatePlain(MemoryStore data, string key, Context context, out int variation, out EvaluationReason reason)
    {
        variation = EvaluationResult.None;
        reason = default;
        try
        {
            var snapshot = data.Snapshot;
            if (context is not { IsValid: true }
                || string.IsNullOrEmpty(key)
                || !snapshot.Initialized
                || (_saidLastKnown == 0 && DataSourceStatus.IsInitializing)
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
            // Comes again on the longer way, which logs it.
            return null;
        }
    }

    private T ReadValue<T, TType>(string key, Context context, T defaultValue, [CallerMemberName] string? hookedMethod = null)
        where TType : struct, IVariationType<T>
    {
        if (_plain is not { } data || EvaluatePlain(data, key, context, out var variation, out _) is not { } flag)
        {
            return Read<T, TType>(key, context, defaultValue, wantsReason: false, hookedMethod).Value;
        }

        // A variation that is null says "the default" in every type.
        return variation >= 0 && TType.TryRead(flag.Variations.ItemRef(variation), out var value) ? value : defaultValue;
    }

    private EvaluationDetail<T> ReadDetail<T, TType>(string key, Context context, T defaultValue, [CallerMemberName] string? hookedMethod = null)
        where TType : struct, IVariationType<T>
    {
        if (_plain is not { } data || EvaluatePlain(data, key, context, out var variation, out var reason) is not { } flag)
        {
            return Read<T, TType>(key, context, defaultValue, wantsReason: true, hookedMethod);
        }

        return Detail<T, TType>(new(variation, reason), flag, defaultValue);
    }
}
