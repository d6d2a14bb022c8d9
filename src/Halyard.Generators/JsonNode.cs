namespace Halyard.FlagGeneration;

/// <summary>A JSON value with its place in the text. Immutable once it was read.</summary>
/// <param name="kind">What it is.</param>
/// <param name="position">Where it begins.</param>
/// <param name="end">Where it ends.</param>
/// <param name="text">A text's characters, or a number as it is written.</param>
internal sealed class JsonNode(JsonKind kind, int position, int end, string text = "")
{
    public JsonKind Kind { get; } = kind;

    public int Position { get; } = position;

    public int End { get; } = end;

    public string Text { get; } = text;

    /// <summary>An object's members in their order, or an array's elements, without names.</summary>
    public IReadOnlyList<(string Name, JsonNode Value)> Members { get; set; } = [];

    /// <summary>The last member of a name; null when there is none.</summary>
    public JsonNode? Find(string name)
    {
        for (var i = Members.Count - 1; i >= 0; i--)
        {
            if (Kind == JsonKind.Object && Members[i].Name == name)
            {
                return Members[i].Value;
            }
        }

        return null;
    }
}
