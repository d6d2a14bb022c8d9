using Microsoft.FeatureManagement.FeatureFilters;

namespace Halyard;

/// <summary>Finds the context that a feature is evaluated for. Thread-safe.</summary>
internal sealed class FeatureContexts(FeatureOptions options, ICurrentFlagContext? current, ITargetingContextAccessor? targeting)
{
    private static readonly Context Anonymous = Context.Builder("anonymous").Anonymous(true).Build();

    /// <summary>The context of what is going on.</summary>
    public async ValueTask<Context> CurrentAsync()
    {
        if (current?.Current is { } context)
        {
            return context;
        }

        return targeting is not null && await targeting.GetContextAsync().ConfigureAwait(false) is { UserId.Length: > 0 } known
            ? Of(known)
            : options.DefaultContext ?? Anonymous;
    }

    /// <summary>The context that a caller's object stands for; null for none.</summary>
    public Context? Of(object? given) => given switch
    {
        null => throw new ArgumentNullException(nameof(given), "A feature cannot be evaluated for null."),
        Context context => context,
        _ when options.ContextOf?.Invoke(given) is { } made => made,
        ITargetingContext user => Of(user),
        _ => null,
    };

    /// <summary>What is said of an object that stands for no context.</summary>
    public static ArgumentException Unknown(object given) => new(
        $"A flag cannot be evaluated for a {given.GetType()}: give a Halyard.Context or a targeting context, or say by FeatureOptions.ContextOf what it stands for.",
        nameof(given));

    private static Context Of(ITargetingContext user) => string.IsNullOrEmpty(user.UserId)
        ? Anonymous
        : user.Groups is { } groups
            ? Context.Builder(user.UserId).Set("groups", Value.Array([.. groups.Select(Value.Of)])).Build()
            : Context.New(user.UserId);
}
