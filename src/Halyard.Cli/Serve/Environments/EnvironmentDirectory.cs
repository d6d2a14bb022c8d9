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
        all.Count > 1 || all[0].Options.SdkKey is not null
            ? all.FirstOrDefault(environment => Is(credential, environment.Options.SdkKey) || Is(credential, environment.Options.ClientSideId)
                || Is(credential, environment.Options.MobileKey))
            : Default;

    /// <summary>Which flags of an environment the holder of a credential may see.</summary>
    public AllFlagsOptions VisibleTo(ServedEnvironment environment, string credential) =>
        all.Count == 1 && environment.Options.SdkKey is null ? AllFlagsOptions.None
        : Is(credential, environment.Options.SdkKey) ? AllFlagsOptions.None
        : Is(credential, environment.Options.ClientSideId) ? AllFlagsOptions.ClientSideOnly
        : AllFlagsOptions.MobileOnly;

    private ServedEnvironment? Find(string given, Func<EnvironmentOptions, string?> credential) =>
        given.Length == 0 ? null
        : isLocal && all.Count == 1 && credential(all[0].Options) is null ? Default
        : all.FirstOrDefault(environment => Is(given, credential(environment.Options)));

    // Takes as long for a key that is almost right as for any other.
    private static bool Is(string given, string? expected) =>
        expected is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));
}
