using Microsoft.FeatureManagement;

namespace Halyard;

/// <summary>
/// Answers for features: by the flag of the name, and by what Microsoft's own manager finds in the configuration where there is no such flag.
/// Thread-safe as far as that is.
/// </summary>
internal sealed class FeatureReader(IHalyardClient client, FeatureContexts contexts, FeatureManager configured, IEnumerable<ISessionManager> sessions)
{
    private readonly ISessionManager[] _sessions = [.. sessions];

    public FeatureContexts Contexts { get; } = contexts;

    /// <summary>Reads a feature.</summary>
    /// <param name="feature">The name.</param>
    /// <param name="context">Whom for.</param>
    /// <param name="ofConfiguration">Asks the configuration whether the feature is on.</param>
    /// <param name="cancellationToken">Ends the wait for a store.</param>
    public async ValueTask<FeatureAnswer> ReadAsync(
        string feature, Context context, Func<FeatureManager, Task<FeatureAnswer>> ofConfiguration, CancellationToken cancellationToken)
    {
        var detail = await client.JsonVariationDetailAsync(feature, context, Value.Null, cancellationToken).ConfigureAwait(false);
        if (detail.Reason is { Kind: EvaluationReasonKind.Error, ErrorKind: EvaluationErrorKind.FlagNotFound })
        {
            return await ofConfiguration(configured).ConfigureAwait(false);
        }

        return FeatureAnswer.OfFlag(detail);
    }

    /// <summary>Answers for an object that stands for no context: as the configuration says, unless there is a flag.</summary>
    /// <exception cref="ArgumentException">There is a flag of the name, which cannot be evaluated for the object.</exception>
    public async ValueTask<FeatureAnswer> ReadAsync(
        string feature, object given, Func<FeatureManager, Task<FeatureAnswer>> ofConfiguration, CancellationToken cancellationToken) =>
        await client.Store.GetFlagAsync(feature, cancellationToken).ConfigureAwait(false) is { IsTombstone: false }
            ? throw FeatureContexts.Unknown(given)
            : await ofConfiguration(configured).ConfigureAwait(false);

    /// <summary>What a session remembers of a feature; null when none does.</summary>
    public async ValueTask<bool?> RememberedAsync(string feature)
    {
        foreach (var session in _sessions)
        {
            if (await session.GetAsync(feature).ConfigureAwait(false) is { } remembered)
            {
                return remembered;
            }
        }

        return null;
    }

    /// <summary>Tells the sessions.</summary>
    public async ValueTask RememberAsync(string feature, bool isEnabled)
    {
        foreach (var session in _sessions)
        {
            await session.SetAsync(feature, isEnabled).ConfigureAwait(false);
        }
    }

    /// <summary>The names of all flags, and of the features that the configuration has beside them.</summary>
    public async IAsyncEnumerable<string> NamesAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var flag in await client.Store.AllFlagsAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!flag.IsTombstone && seen.Add(flag.Key))
            {
                yield return flag.Key;
            }
        }

        await foreach (var name in configured.GetFeatureNamesAsync(cancellationToken).ConfigureAwait(false))
        {
            if (seen.Add(name))
            {
                yield return name;
            }
        }
    }
}
