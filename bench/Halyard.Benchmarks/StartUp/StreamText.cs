using System.Text;
using System.Text.Json;

namespace Halyard.Benchmarks.StartUp;

/// <summary>A payload as the bytes of a stream.</summary>
internal static class StreamText
{
    public static byte[] Older(ReadOnlySpan<byte> payload) =>
        [.. "event: put\ndata: {\"path\":\"/\",\"data\":"u8, .. payload, .. "}\n\n"u8];

    public static byte[] NewerFull(byte[] payload) => Newer(payload, "xfer-full", int.MaxValue, version: 0);

    /// <summary>Some flags of the payload, changed.</summary>
    public static byte[] NewerChanges(byte[] payload, int flags) => Newer(payload, "xfer-changes", flags, version: 1_000_000);

    private static byte[] Newer(byte[] payload, string intent, int flags, int version)
    {
        using var all = JsonDocument.Parse(payload);
        var text = new StringBuilder();
        text.Append($"event: server-intent\ndata: {{\"payloads\":[{{\"id\":\"bench\",\"target\":2,\"intentCode\":\"{intent}\",\"reason\":\"bench\"}}]}}\n\n");
        Put("flag", all.RootElement.GetProperty("flags").EnumerateObject().Take(flags));
        if (flags == int.MaxValue)
        {
            Put("segment", all.RootElement.GetProperty("segments").EnumerateObject());
        }

        text.Append($"event: payload-transferred\ndata: {{\"state\":\"(p:bench:{version + 1})\",\"version\":{version + 1}}}\n\n");
        return Encoding.UTF8.GetBytes(text.ToString());

        void Put(string kind, IEnumerable<JsonProperty> items)
        {
            foreach (var item in items)
            {
                var itemVersion = version == 0 ? item.Value.GetProperty("version").GetInt64() : version;
                text.Append($"event: put-object\ndata: {{\"version\":{itemVersion},\"kind\":\"{kind}\",\"key\":\"{item.Name}\",\"object\":{item.Value.GetRawText()}}}\n\n");
            }
        }
    }
}
