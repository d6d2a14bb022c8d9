using System.Text;
using Halyard.Model;

namespace Halyard.IntegrationTests;

[Collection(ConsulCollection.Name)]
public sealed class ConsulConformanceTests(ConsulServer server) : StoreConformance
{
    protected override bool InitIsAtomic => false;

    protected override StoreVoice OwnWrites => StoreVoice.Tells;

    protected override IPersistentStore Store(string prefix) => new ConsulStore(server.Endpoint, prefix);

    protected override string[] Layout(string prefix) =>
    [
        $"{prefix}/$inited=",
        $$"""{{prefix}}/features/f={"key":"f","version":7,"name":"Grüße" }""",
        $$"""{{prefix}}/features/gone={"key":"gone","version":8,"deleted":true}""",
        $$"""{{prefix}}/segments/s={"key":"s","version":3}""",
    ];

    protected override async Task<string[]> RawAsync(string prefix) => [.. (await server.LinesAsync(prefix)).Order(StringComparer.Ordinal)];

    protected override Task WriteRawAsync(string prefix, DataKind kind, string key, long version, string text) =>
        server.PutAsync($"{prefix}/{(kind == DataKind.Flag ? "features" : "segments")}/{key}", Encoding.UTF8.GetBytes(text));
}
