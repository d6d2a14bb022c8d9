using Microsoft.FeatureManagement;
using Microsoft.FeatureManagement.FeatureFilters;

namespace Halyard;

/// <summary>Both of Microsoft's interfaces over one way to answer, so that they never disagree.</summary>
internal abstract class FeatureManagerBase(FeatureReader reader) : IFeatureManager, IVariantFeatureManager
{
    protected FeatureReader Reader { get; } = reader;

    public IAsyncEnumerable<string> GetFeatureNamesAsync() => Reader.NamesAsync(CancellationToken.None);

    public IAsyncEnumerable<string> GetFeatureNamesAsync(CancellationToken cancellationToken = default) => Reader.NamesAsync(cancellationToken);

    public Task<bool> IsEnabledAsync(string feature) => IsEnabledAsync(feature, CancellationToken.None).AsTask();

    public Task<bool> IsEnabledAsync<TContext>(string feature, TContext context) => IsEnabledAsync(feature, context, CancellationToken.None).AsTask();

    public async ValueTask<bool> IsEnabledAsync(string feature, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(feature);
        var current = await Reader.Contexts.CurrentAsync().ConfigureAwait(false);
        return await AskedAsync(
            feature,
            ask => AnswerAsync("state", feature, current, ask, cancellationToken),
            async manager => FeatureAnswer.OfConfiguration(await manager.IsEnabledAsync(feature, cancellationToken).ConfigureAwait(false))).ConfigureAwait(false);
    }

    public async ValueTask<bool> IsEnabledAsync<TContext>(string feature, TContext context, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(feature);
        var known = Reader.Contexts.Of(context);
        return await AskedAsync(
            feature,
            ask => known is null ? Reader.ReadAsync(feature, context!, ask, cancellationToken) : AnswerAsync("state", feature, known, ask, cancellationToken),
            async manager => FeatureAnswer.OfConfiguration(await manager.IsEnabledAsync(feature, context, cancellationToken).ConfigureAwait(false))).ConfigureAwait(false);
    }

    public async ValueTask<Variant> GetVariantAsync(string feature, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(feature);
        var answer = await AnswerAsync(
            "variant",
            feature,
            await Reader.Contexts.CurrentAsync().ConfigureAwait(false),
            async manager => FeatureAnswer.OfConfiguration(false, await manager.GetVariantAsync(feature, cancellationToken).ConfigureAwait(false)),
            cancellationToken).ConfigureAwait(false);
        return answer.Variant!;
    }

    public async ValueTask<Variant> GetVariantAsync(string feature, ITargetingContext context, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(feature);
        var answer = await AnswerAsync(
            "variant",
            feature,
            Reader.Contexts.Of((object)context)!,
            async manager => FeatureAnswer.OfConfiguration(false, await manager.GetVariantAsync(feature, context, cancellationToken).ConfigureAwait(false)),
            cancellationToken).ConfigureAwait(false);
        return answer.Variant!;
    }

    /// <summary>Answers for a feature.</summary>
    /// <param name="question">What is asked of the configuration, where the feature is no flag.</param>
    /// <param name="feature">The name.</param>
    /// <param name="context">Whom for.</param>
    /// <param name="ofConfiguration">Asks the configuration.</param>
    /// <param name="cancellationToken">Ends the wait for a store.</param>
    protected abstract ValueTask<FeatureAnswer> AnswerAsync(
        string question, string feature, Context context, Func<FeatureManager, Task<FeatureAnswer>> ofConfiguration, CancellationToken cancellationToken);

    private async ValueTask<bool> AskedAsync(
        string feature, Func<Func<FeatureManager, Task<FeatureAnswer>>, ValueTask<FeatureAnswer>> answerOf, Func<FeatureManager, Task<FeatureAnswer>> ofConfiguration)
    {
        if (await Reader.RememberedAsync(feature).ConfigureAwait(false) is { } remembered)
        {
            return remembered;
        }

        // The configuration's own manager tells the sessions itself, and a default for want of an answer is nothing to remember.
        var answer = await answerOf(ofConfiguration).ConfigureAwait(false);
        if (answer.IsOfFlag)
        {
            await Reader.RememberAsync(feature, answer.IsEnabled).ConfigureAwait(false);
        }

        return answer.IsEnabled;
    }
}
