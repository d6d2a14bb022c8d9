using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Halyard.DataModel.Json.Tokens;

/// <summary>Works out the path of a fault by walking the text a second time, so that the first walk need not track it.</summary>
internal static class JsonPath
{
    // A path is for people, and a text may be nested as deep as it is long: what is deeper than this is not told.
    private const int MostLevels = 64;

    // Names with these are written in brackets, so that a path can be read in one way only.
    private static readonly SearchValues<char> Ambiguous = SearchValues.Create(".[]'\" ");

    /// <summary>The path of the token at an offset, or of the place at which the text stops being JSON before it.</summary>
    /// <param name="reader">A copy of the reader as it was before the first walk began.</param>
    /// <param name="offset">The index of the token's first byte in the reader's input.</param>
    /// <param name="root">The path of the value that the reader begins with.</param>
    /// <param name="inside">
    /// How many of the objects that the root names the reader stands inside of; zero before the value. They count as levels, so
    /// that a path is the same wherever the reading went on.
    /// </param>
    public static string Of(JsonCursor reader, long offset, string root, int inside = 0)
    {
        var frames = new Stack<Frame>();
        var deeper = 0;
        var mostFrames = MostLevels - Math.Max(0, inside - 1);
        try
        {
            if (inside > 0)
            {
                frames.Push(new Frame());
                if (!reader.Read())
                {
                    return root;
                }
            }
            else if (reader.TokenType is JsonTokenType.None or JsonTokenType.PropertyName && !reader.Read())
            {
                return root;
            }

            do
            {
                Step(ref reader, frames, ref deeper);
            }
            while (reader.TokenStartIndex < offset && Advance(ref reader, frames, mostFrames, ref deeper));
        }
        catch (JsonException)
        {
            // The walk broke where the first one did; the frames tell where that is.
        }

        return Text(root, frames) + (deeper > 0 ? "..." : "");
    }

    /// <summary>The path of a member of the object that a path names.</summary>
    public static string Member(string path, string name)
    {
        var text = new StringBuilder(path);
        AppendName(text, name);
        return text.ToString();
    }

    // Brings the frames to the current token: they then spell its path.
    private static void Step(ref JsonCursor reader, Stack<Frame> frames, ref int deeper)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.EndObject or JsonTokenType.EndArray when deeper > 0:
                deeper--;
                break;
            case var _ when deeper > 0:
                break;
            case JsonTokenType.PropertyName:
                frames.Peek().Name = NameOf(ref reader);
                break;
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                frames.Pop();
                break;
            default:
                if (frames.TryPeek(out var frame) && frame.IsArray)
                {
                    frame.Index++;
                }

                break;
        }
    }

    private static bool Advance(ref JsonCursor reader, Stack<Frame> frames, int mostFrames, ref int deeper)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject or JsonTokenType.StartArray when frames.Count == mostFrames:
                deeper++;
                break;
            case var _ when deeper > 0:
                break;
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                frames.Push(new Frame { IsArray = reader.TokenType == JsonTokenType.StartArray });
                break;
            case JsonTokenType.PropertyName:
                break;
            default:
                // A member is complete; a fault before the next name is the object's.
                if (frames.TryPeek(out var frame))
                {
                    frame.Name = null;
                }

                break;
        }

        return reader.Read();
    }

    private static string NameOf(ref JsonCursor reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Not valid UTF-8: show what can be shown.
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }
    }

    private static string Text(string root, Stack<Frame> frames)
    {
        var text = new StringBuilder(root);
        foreach (var frame in frames.Reverse())
        {
            if (frame.IsArray)
            {
                if (frame.Index >= 0)
                {
                    text.Append(CultureInfo.InvariantCulture, $"[{frame.Index}]");
                }
            }
            else if (frame.Name is { } name)
            {
                AppendName(text, name);
            }
        }

        return text.ToString();
    }

    private static void AppendName(StringBuilder text, string name)
    {
        if (name.Length == 0 || name.AsSpan().ContainsAny(Ambiguous))
        {
            text.Append("['").Append(name.Replace("'", "\\'", StringComparison.Ordinal)).Append("']");
            return;
        }

        if (text.Length != 0)
        {
            text.Append('.');
        }

        text.Append(name);
    }

    private sealed class Frame
    {
        public bool IsArray { get; init; }

        public int Index { get; set; } = -1;

        public string? Name { get; set; }
    }
}
