namespace Halyard.Cli;

/// <summary>What to paste into each kind of client, so that it connects.</summary>
internal static class ConnectionLines
{
    private const string AnyKey = "any-key";

    /// <summary>The lines for an environment. A key that was given is not repeated: what is printed ends up in logs.</summary>
    /// <param name="server">Where it listens.</param>
    /// <param name="environment">The environment.</param>
    /// <param name="isLocal">Whether this machine alone can ask, so that what is not given lets in by its default.</param>
    public static IEnumerable<(string Client, string Line)> Of(Uri server, EnvironmentOptions environment, bool isLocal)
    {
        var url = server.ToString().TrimEnd('/');
        var sdkKey = environment.SdkKey is null ? environment.DefaultKey ?? AnyKey : "SDK_KEY";
        var id = environment.ClientSideId ?? (isLocal ? environment.Name : null);
        var key = environment.SdkKey is null && environment.DefaultKey is null ? "" : $", headers: [['Authorization', 'Bearer {sdkKey}']]";
        yield return ("page", $"{url}/");
        yield return (".NET", $"new ClientOptions {{ SdkKey = \"{sdkKey}\", Endpoints = ServiceEndpoints.At(new Uri(\"{url}\")) }}");
        yield return ("Node", $"init('{sdkKey}', {{ baseUri: '{url}', streamUri: '{url}', eventsUri: '{url}' }})");
        if (id is not null)
        {
            yield return ("browser", $"createClient('{id}', context, {{ baseUri: '{url}', streamUri: '{url}', eventsUri: '{url}' }})");
        }

        yield return ("OFREP", $"new OFREPProvider({{ baseUrl: '{url}'{key} }})");
        yield return ("curl", $"curl -H 'Authorization: {sdkKey}' {url}/sdk/latest-all");
    }
}
