using System.Text;

namespace Halyard.Fuzzing.Targets;

/// <summary>Server-sent events as their standard describes them, read from a whole text, without thought for speed.</summary>
internal static class PlainEventStream
{
    private const int EventNameLimit = 1024;

    /// <summary>The events, each as its name and its data; characters stand for bytes.</summary>
    public static List<(string Name, string Data)> Read(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.Latin1.GetString(bytes).Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        if (text.StartsWith("\u00EF\u00BB\u00BF", StringComparison.Ordinal))
        {
            text = text[3..];
        }

        var events = new List<(string, string)>();
        var name = "";
        var data = new List<string>();
        var lines = text.Split('\n');

        // What stands behind the last line's end is no line yet.
        foreach (var line in lines[..^1])
        {
            if (line.Length == 0)
            {
                if (data.Count > 0)
                {
                    events.Add((name.Length == 0 ? "message" : name, string.Join('\n', data)));
                }

                (name, data) = ("", []);
                continue;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var field = colon < 0 ? line : line[..colon];
            var value = colon < 0 ? "" : line[(colon + 1)..];
            value = value.StartsWith(' ') ? value[1..] : value;
            if (field == "data")
            {
                data.Add(value);
            }
            else if (field == "event")
            {
                name = value[..Math.Min(value.Length, EventNameLimit)];
            }
        }

        return events;
    }
}
