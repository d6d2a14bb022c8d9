using System.Text.Json;

namespace Halyard.Fuzzing;

/// <summary>
/// What the platform's reader takes for JSON, with the liberties that Halyard's readers are documented to take: a byte order
/// mark in front of a document, and no limit to the levels.
/// </summary>
internal static class JsonOracle
{
    public static bool IsJson(ReadOnlySpan<byte> text, bool marked = false, bool comments = false)
    {
        if (marked && text.StartsWith("\uFEFF"u8))
        {
            text = text[3..];
        }

        var reader = new Utf8JsonReader(text, new JsonReaderOptions
        {
            MaxDepth = int.MaxValue,
            CommentHandling = comments ? JsonCommentHandling.Skip : JsonCommentHandling.Disallow,
            AllowTrailingCommas = comments,
        });
        try
        {
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>A reader took the text: it is JSON.</summary>
    public static void Accepted(ReadOnlySpan<byte> text, bool marked = false) => Promise.Holds(IsJson(text, marked), "what is read is JSON");

    /// <summary>A reader refused the text: what it calls no JSON is none, and the fault tells what is wrong.</summary>
    public static void Refused(ReadOnlySpan<byte> text, MalformedDataException fault, bool marked = false)
    {
        Promise.Holds(fault.Message.Length > 0, "a fault says what is wrong");
        if (fault.GetBaseException() is JsonException)
        {
            Promise.Holds(!IsJson(text, marked), "what is refused as no JSON is none", $"{fault.Message}");
        }
    }
}
