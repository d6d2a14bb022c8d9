using System.Collections.Concurrent;
using Microsoft.FeatureManagement;

namespace Halyard;

/// <summary>
/// Answers for a scope, such as a request, as it answered before: of a feature and a context the first answer stays, for its state and its variant. Thread-safe.
/// </summary>
internal sealed class SnapshotFeatureManager(FeatureReader reader) : FeatureManagerBase(reader), IFeatureManagerSnapshot, IVariantFeatureManagerSnapshot
{
    private readonly ConcurrentDictionary<(string Feature, Context Context), FeatureAnswer> _flags = new();
    private readonly ConcurrentDictionary<(string Question, string Feature, Context Context), FeatureAnswer> _configured = new();

    protected override async ValueTask<FeatureAnswer> AnswerAsync(
        string question, string feature, Context context, Func<FeatureManager, Task<FeatureAnswer>> ofConfiguration, CancellationToken cancellationToken)
    {
        if (_flags.TryGetValue((feature, context), out var known) || _configured.TryGetValue((question, feature, context), out known))
        {
            return known;
        }

        var isConfigured = false;
        var answer = await Reader.ReadAsync(
            feature,
            context,
            manager =>
            {
                isConfigured = true;
                return ofConfiguration(manager);
            },
            cancellationToken).ConfigureAwait(false);
        return isConfigured ? _configured.GetOrAdd((question, feature, context), answer) : _flags.GetOrAdd((feature, context), answer);
    }
}
