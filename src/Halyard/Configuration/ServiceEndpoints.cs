namespace Halyard;

/// <summary>Base addresses of the service; a path prefix (a proxy, a relay) is kept and appended to.</summary>
public sealed class ServiceEndpoints
{
    /// <summary>The base of streams.</summary>
    public Uri Streaming { get; set; } = new("https://stream.launchdarkly.com");

    /// <summary>The base of polls.</summary>
    public Uri Polling { get; set; } = new("https://sdk.launchdarkly.com");

    /// <summary>The base of analytics events.</summary>
    public Uri Events { get; set; } = new("https://events.launchdarkly.com");

    /// <summary>All services under one base: a relay, or <c>halyard serve</c>.</summary>
    public static ServiceEndpoints At(Uri baseUri) => new() { Streaming = baseUri, Polling = baseUri, Events = baseUri };
}
