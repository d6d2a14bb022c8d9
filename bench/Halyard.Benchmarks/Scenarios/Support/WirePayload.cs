using System.Text;
using System.Text.Json;

namespace Halyard.Benchmarks.Scenarios;

/// <summary>Whole payloads as the first events of a stream.</summary>
internal static class WirePayload
{
    /// <summary>
    /// The events of a full transfer of so many flags of the large payload and of all its segments; beyond 10,000 the
    /// flags are small, as they serve to make the store large.
    /// </summary>
    public static byte[] Of(ProtocolVersion protocol, int flags)
    {
        using var payload = JsonDocument.Parse(Payload.Large);
        var segments = payload.RootElement.GetProperty("segments");
        (string Key, string Text)[] items = [.. payload.RootElement.GetProperty("flags").EnumerateObject().Take(flags).Select(static flag => (flag.Name, flag.Value.GetRawText()))];
        items = [.. items, .. Enumerable.Range(0, flags - items.Length).Select(static i => ($"small-{i}", Small($"small-{i}")))];
        var text = new StringBuilder();
        if (protocol == ProtocolVersion.Fdv1)
        {
            text.Append("event: put\ndata: {\"path\":\"/\",\"data\":{\"flags\":{");
            text.AppendJoin(',', items.Select(static item => $"\"{item.Key}\":{item.Text}"));
            text.Append("},\"segments\":").Append(segments.GetRawText()).Append("}}\n\n");
        }
        else
        {
            text.Append("event: server-intent\ndata: {\"payloads\":[{\"id\":\"bench\",\"target\":1,\"intentCode\":\"xfer-full\",\"reason\":\"payload-missing\"}]}\n\n");
            foreach (var (key, item) in items)
            {
                AppendPut(text, "flag", key, item);
            }

            foreach (var segment in segments.EnumerateObject())
            {
                AppendPut(text, "segment", segment.Name, segment.Value.GetRawText());
            }

            text.Append("event: payload-transferred\ndata: {\"state\":\"(p:bench:1)\",\"version\":1}\n\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static string Small(string key) =>
        $$"""{"key":"{{key}}","version":1,"on":false,"variations":[true,false],"offVariation":0,"fallthrough":{"variation":0},"salt":"s"}""";

    private static void AppendPut(StringBuilder text, string kind, string key, string item) =>
        text.Append("event: put-object\ndata: {\"version\":1,\"kind\":\"").Append(kind).Append("\",\"key\":\"").Append(key)
            .Append("\",\"object\":").Append(item).Append("}\n\n");
}
