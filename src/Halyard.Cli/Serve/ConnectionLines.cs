namespace Halyard.Cli;

/// <summary>What to paste into each kind of client, so that it connects.</summary>
internal static class ConnectionLines
{
    private const string AnyKey = "any-key";

    /// <summary>The lines for an environment. A key that was given is not repeated: what is printed ends up in logs.</summary>
    public static IEnumerable<(string Client, string Line)> Of(Uri server, EnvironmentOptions environment)
    {
        var url = server.ToString().TrimEnd('/');
        var sdkKey = environment.SdkKey is null ? AnyKey : "SDK_KEY";
        var id = environment.ClientSideId ?? environment.Name;
        var key = environment.SdkKey is null ? "" : ", headers: [['Authorization', 'Bearer SDK_KEY']]";
        yield return ("page", $"{url}/");
        yield return (".NET", $"new ClientOptions {{ SdkKey = \"{sdkKey}\", Endpoints = ServiceEndpoints.At(new Uri(\"{url}\")) }}");
        yield return ("Node", $"init('{sdkKey}', {{ baseUri: '{url}', streamUri: '{url}', eventsUri: '{url}' }})");
        yield return ("browser", $"createClient('{id}', context, {{ baseUri: '{url}', streamUri: '{url}', eventsUri: '{url}' }})");
        yield return ("OFREP", $"new OFREPProvider({{ baseUrl: '{url}'{key} }})");
        yield return ("curl", $"curl -H 'Authorization: {sdkKey}' {url}/sdk/latest-all");
    }
}
