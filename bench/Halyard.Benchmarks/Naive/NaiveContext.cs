using System.Text.Json;

namespace Halyard.Benchmarks.Naive;

/// <summary>A context as its JSON: the attributes of each kind in a dictionary.</summary>
internal sealed class NaiveContext
{
    private readonly Dictionary<string, Dictionary<string, JsonElement>> _kinds = [];

    public NaiveContext(string json)
    {
        var attributes = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json)!;
        var kind = attributes["kind"].GetString()!;
        if (kind != "multi")
        {
            _kinds[kind] = attributes;
            return;
        }

        foreach (var (member, value) in attributes.Where(static attribute => attribute.Key != "kind"))
        {
            _kinds[member] = value.Deserialize<Dictionary<string, JsonElement>>()!;
        }
    }

    public IEnumerable<string> Kinds => _kinds.Keys;

    public string? Key(string? kind) => Attribute(kind, "key")?.GetString();

    public bool Has(string? kind) => _kinds.ContainsKey(kind ?? "user");

    /// <summary>The attribute that a name, or a path with slashes, refers to; null when there is none.</summary>
    public JsonElement? Attribute(string? kind, string reference)
    {
        if (!_kinds.TryGetValue(kind ?? "user", out var attributes))
        {
            return null;
        }

        if (!reference.StartsWith('/'))
        {
            return attributes.TryGetValue(reference, out var value) ? Present(value) : null;
        }

        var parts = reference[1..].Split('/').Select(static part => part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)).ToList();
        if (!attributes.TryGetValue(parts[0], out var inner))
        {
            return null;
        }

        foreach (var part in parts.Skip(1))
        {
            if (inner.ValueKind != JsonValueKind.Object || !inner.TryGetProperty(part, out inner))
            {
                return null;
            }
        }

        return Present(inner);
    }

    private static JsonElement? Present(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value;
}
