using System.Text;
using Halyard.DataSystems.Sources.Fdv2;

namespace Halyard.Tests.Support;

/// <summary>An event of FDv2 as the service writes it.</summary>
internal sealed record WireEvent(string Name, string Data)
{
    public static WireEvent Full { get; } = Intent("xfer-full");

    public static WireEvent Changes { get; } = Intent("xfer-changes");

    public static WireEvent UpToDate { get; } = Intent("none");

    public static WireEvent Intent(string code) =>
        new("server-intent", $$"""{"payloads":[{"id":"p1","target":1,"intentCode":"{{code}}","reason":"r"}]}""");

    public static WireEvent Put(string key, long version, string kind = "flag") => new(
        "put-object", $$$"""{"version":{{{version}}},"kind":"{{{kind}}}","key":"{{{key}}}","object":{"key":"{{{key}}}","version":{{{version}}},"on":true}}""");

    public static WireEvent Delete(string key, long version, string kind = "flag") =>
        new("delete-object", $$"""{"version":{{version}},"kind":"{{kind}}","key":"{{key}}"}""");

    public static WireEvent Transferred(string state, long version = 1) =>
        new("payload-transferred", $$"""{"state":"{{state}}","version":{{version}}}""");

    public static WireEvent Error(string reason = "out of order") => new("error", $$"""{"payloadId":"p1","reason":"{{reason}}"}""");

    public static WireEvent Goodbye(string reason = "maintenance", string? ttl = null) =>
        new("goodbye", ttl is null ? $$"""{"reason":"{{reason}}"}""" : $$"""{"reason":"{{reason}}","protocolFallbackTTL":{{ttl}}}""");

    /// <summary>As one event of a stream.</summary>
    public override string ToString() => $"event: {Name}\ndata: {Data}\n\n";

    /// <summary>As a stream.</summary>
    public static string Stream(params IEnumerable<WireEvent> events) => string.Concat(events);

    /// <summary>As a polled body.</summary>
    public static string Body(params IEnumerable<WireEvent> events) =>
        new StringBuilder("{\"events\":[").AppendJoin(',', events.Select(e => $$"""{"event":"{{e.Name}}","data":{{e.Data}}}""")).Append("]}").ToString();

    public PayloadEvent Parse() => PayloadEventReader.Parse(Encoding.UTF8.GetBytes(Name), Encoding.UTF8.GetBytes(Data));
}
