using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Halyard.Cli;

/// <summary>The sample shop of <c>samples/</c>, carried inside the tool.</summary>
internal static class DemoData
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string FlagsJson => Read("samples/flags.json");

    /// <summary>The sample context whose key, or whose user's key, is given.</summary>
    public static Context ContextOf(string userKey)
    {
        using var document = JsonDocument.Parse(Read("samples/contexts.json"));
        var json = document.RootElement.EnumerateArray().First(context =>
            KeyOf(context) == userKey || (context.TryGetProperty("user"u8, out var user) && KeyOf(user) == userKey));
        return Context.FromJson(json.GetRawText());
    }

    /// <summary>Adds a user to a segment in a flag file, as a person with an editor would.</summary>
    public static string WithSegmentMember(string flagsJson, string segment, string userKey)
    {
        var root = JsonNode.Parse(flagsJson)!;
        root["segments"]![segment]!["included"]!.AsArray().Add(userKey);
        return root.ToJsonString(Readable);
    }

    /// <summary>A stored flag, turned on, in the next version.</summary>
    public static SerializedItem TurnedOn(SerializedItem flag)
    {
        var root = JsonNode.Parse(flag.Item.SerializedItem.Span)!;
        root["on"] = true;
        root["version"] = flag.Item.Version + 1;
        return flag with { Item = new(flag.Item.Version + 1, false, Encoding.UTF8.GetBytes(root.ToJsonString())) };
    }

    private static string? KeyOf(JsonElement context) => context.TryGetProperty("key"u8, out var key) ? key.GetString() : null;

    private static string Read(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
