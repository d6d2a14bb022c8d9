namespace Halyard.Cli;

/// <summary>What the keys must be where other machines can ask.</summary>
internal static class RemoteKeys
{
    /// <summary>Checks that nobody gets in by a key that was not given, or that is told to everybody.</summary>
    /// <exception cref="CliException">Somebody could.</exception>
    public static void Check(IReadOnlyList<EnvironmentOptions> environments, string? apiKey)
    {
        if (environments.FirstOrDefault(static environment => environment.SdkKey is null) is { } open)
        {
            var whose = environments.Count == 1 ? "" : $" of {open.Name}";
            throw new CliException($"Other machines could read and change the flags: --allow-remote needs --sdk-key{whose}.", ExitCode.Usage);
        }

        // Ids and mobile keys are in every copy of an application, ids and names in answers and addresses too.
        var known = environments
            .SelectMany(static environment => new[] { environment.Name, environment.EnvironmentId, environment.ClientSideId, environment.MobileKey })
            .OfType<string>()
            .ToHashSet(StringComparer.Ordinal);
        if (environments.FirstOrDefault(environment => known.Contains(environment.SdkKey!)) is { } told)
        {
            throw new CliException($"The SDK key of {told.Name} is also a name, an id or a mobile key, which are no secrets.", ExitCode.Usage);
        }

        if (apiKey is not null && known.Contains(apiKey))
        {
            throw new CliException("--api-key is also a name, an id or a mobile key, which are no secrets.", ExitCode.Usage);
        }
    }
}
