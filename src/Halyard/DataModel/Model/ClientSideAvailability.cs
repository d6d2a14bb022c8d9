namespace Halyard.Model;

/// <summary>Which kinds of front end may see a flag.</summary>
public sealed class ClientSideAvailability
{
    /// <summary>Front ends that use a mobile key.</summary>
    public bool UsingMobileKey { get; init; }

    /// <summary>Front ends that use an environment id.</summary>
    public bool UsingEnvironmentId { get; init; }

    internal UnknownProperties? Unknown { get; init; }
}
