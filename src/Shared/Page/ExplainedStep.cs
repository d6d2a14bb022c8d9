using System.Text.Json;

namespace Halyard;

/// <summary>One thing that was looked at while a flag was evaluated.</summary>
/// <param name="Text">What, as a statement.</param>
/// <param name="Holds">Whether it is so.</param>
internal sealed record ExplainedStep(string Text, bool Holds)
{
    /// <summary>Whether the outcome hangs on it.</summary>
    public bool Decides { get; init; }

    /// <summary>What it consists of.</summary>
    public List<ExplainedStep> Parts { get; } = [];

    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("text"u8, Text);
        writer.WriteBoolean("holds"u8, Holds);
        writer.WriteBoolean("decides"u8, Decides);
        writer.WriteStartArray("parts"u8);
        foreach (var part in Parts)
        {
            part.WriteTo(writer);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
