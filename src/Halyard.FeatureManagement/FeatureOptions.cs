namespace Halyard;

/// <summary>Whom features are evaluated for, where the caller does not say it as a <see cref="Context"/>. To be set before the first read; not thread-safe.</summary>
public sealed class FeatureOptions
{
    /// <summary>
    /// The context outside of a request, or wherever no <see cref="ICurrentFlagContext"/> and no targeting context tells one. Null takes the
    /// anonymous user <c>anonymous</c>.
    /// </summary>
    public Context? DefaultContext { get; set; }

    /// <summary>
    /// Makes a context of an object of the application's own that was given to <c>IsEnabledAsync(feature, object)</c>; null for one that it does not know. A
    /// <see cref="Context"/> and a targeting context need none.
    /// </summary>
    public Func<object, Context?>? ContextOf { get; set; }
}
