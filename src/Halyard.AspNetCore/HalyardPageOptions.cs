namespace Halyard;

/// <summary>What <c>MapHalyardPage</c> shows and allows. To be set before the first request; not thread-safe.</summary>
public sealed class HalyardPageOptions
{
    /// <summary>
    /// Whether the page is there outside of the environment <c>Development</c>. Then the endpoints must demand authorization (<c>RequireAuthorization</c>),
    /// or say <c>AllowAnonymous</c>: with neither they end the start, since they show all flags, rules and the keys in them.
    /// </summary>
    public bool OutsideDevelopment { get; set; }

    /// <summary>
    /// Whether flags can be turned and values chosen on the page. Such overrides (<see cref="Halyard.Client.Overrides"/>) are of this process
    /// alone, until it ends. Needs a client that is a <see cref="Halyard.Client"/>; another is read only.
    /// </summary>
    public bool AllowOverrides { get; set; }

    /// <summary>The key of the client's service; null for the client that has none.</summary>
    public object? Client { get; set; }
}
