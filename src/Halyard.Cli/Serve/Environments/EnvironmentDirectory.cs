using System.Security.Cryptography;
using System.Text;

namespace Halyard.Cli;

/// <summary>Finds the environment that a key or an id belongs to. Immutable.</summary>
/// <param name="all">The environments; the first is meant where none is named.</param>
/// <param name="isLocal">Whether this machine alone can ask; then what is not set lets everybody in.</param>
internal sealed class EnvironmentDirectory(IReadOnlyList<ServedEnvironment> all, bool isLocal)
{
    public IReadOnlyList<ServedEnvironment> All => all;

    /// <summary>The one that is meant where none is named.</summary>
    public ServedEnvironment Default => all[0];

    /// <summary>The environment of a name; null when there is none.</summary>
    public ServedEnvironment? Named(string name) =>
        all.FirstOrDefault(environment => string.Equals(environment.Name, name, StringComparison.Ordinal));

    /// <summary>The environment whose server-side SDKs use this key; null when there is none.</summary>
    public ServedEnvironment? OfSdkKey(string key) => Find(key, static options => options.SdkKey);

    /// <summary>The environment whose browsers name this id; null when there is none.</summary>
    public ServedEnvironment? OfClientSideId(string id) => Find(id, static options => options.ClientSideId);

    /// <summary>The environment whose mobile SDKs use this key; null when there is none.</summary>
    public ServedEnvironment? OfMobileKey(string key) => Find(key, static options => options.MobileKey);

    /// <summary>The environment that any of its keys, or its id, names; null when none does.</summary>
    public ServedEnvironment? OfAny(string credential) =>
        all.Count > 1 || InForce(Default, static options => options.SdkKey) is not null
            ? all.FirstOrDefault(environment => Is(credential, InForce(environment, static options => options.SdkKey))
                || Is(credential, InForce(environment, static options => options.ClientSideId))
                || Is(credential, InForce(environment, static options => options.MobileKey)))
            : Default;

    /// <summary>Which flags of an environment the holder of a credential may see.</summary>
    /// <param name="environment">The environment.</param>
    /// <param name="credential">What it came with.</param>
    /// <param name="isPage">Whether a web page asks: any site's page can, and guess a name.</param>
    public AllFlagsOptions VisibleTo(ServedEnvironment environment, string credential, bool isPage)
    {
        // What every copy of an application holds opens no more than it must, whatever else it may be equal to.
        var options = environment.Options;
        return Is(credential, options.ClientSideId) ? AllFlagsOptions.ClientSideOnly
            : Is(credential, options.MobileKey) ? AllFlagsOptions.MobileOnly
            : options.SdkKey is null ? (isPage ? AllFlagsOptions.ClientSideOnly : AllFlagsOptions.None)
            : Is(credential, options.SdkKey) ? AllFlagsOptions.None
            : Is(credential, InForce(environment, static options => options.ClientSideId)) ? AllFlagsOptions.ClientSideOnly
            : AllFlagsOptions.MobileOnly;
    }

    /// <summary>Which flags of an environment a mobile SDK may see.</summary>
    /// <param name="environment">The environment.</param>
    /// <param name="isPage">Whether a web page asks. Without a key, any site's page can.</param>
    public static AllFlagsOptions VisibleToMobile(ServedEnvironment environment, bool isPage) =>
        isPage && environment.Options.MobileKey is null ? AllFlagsOptions.MobileOnly | AllFlagsOptions.ClientSideOnly : AllFlagsOptions.MobileOnly;

    /// <summary>What lets into an environment: what was given or, while this machine alone can ask, what stands in its place; null when nothing does.</summary>
    public string? InForce(ServedEnvironment environment, Func<EnvironmentOptions, string?> credential) =>
        credential(environment.Options) ?? (isLocal ? environment.Options.DefaultKey : null);

    private ServedEnvironment? Find(string given, Func<EnvironmentOptions, string?> credential) =>
        given.Length == 0 ? null
        : isLocal && all.Count == 1 && InForce(Default, credential) is null ? Default
        : all.FirstOrDefault(environment => Is(given, InForce(environment, credential)));

    // Takes as long for a key that is almost right as for any other.
    private static bool Is(string given, string? expected) =>
        expected is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));
}
