using System.Text.Json;

namespace Halyard.DataModel.Json.Tokens;

/// <content>
/// A cursor that goes on in the middle of a text whose beginning is gone. It always starts inside nested objects (never
/// in an array), at the start of the innermost one or behind one of its members.
/// </content>
internal ref partial struct JsonCursor
{
    /// <summary>A cursor in the middle of a text.</summary>
    /// <param name="rest">The text from some byte on.</param>
    /// <param name="at">Where to go on in it: what <see cref="Position"/> was.</param>
    /// <param name="depth">How many objects are open there.</param>
    /// <param name="behindMember">Whether a member of the innermost one, or at depth 0 the whole value, has been read.</param>
    public JsonCursor(ReadOnlySpan<byte> rest, int at, int depth, bool behindMember)
    {
        _text = rest;
        _at = at;
        _depth = depth;
        _objects = (1ul << depth) - 1;
        TokenType = behindMember ? JsonTokenType.EndObject : depth == 0 ? JsonTokenType.None : JsonTokenType.StartObject;
        (_resumedAt, _resumedLevels, _resumedBehindMember) = (at, (byte)(depth + 1), behindMember);
    }

    /// <summary>The index of the first byte behind the current token, and behind the colon that follows a name.</summary>
    public readonly int Position => _at;

    /// <summary>The text from the token of an earlier position to the end of the current token.</summary>
    public readonly ReadOnlySpan<byte> TextSince(scoped in JsonCursor start) =>
        _text[(int)start.TokenStartIndex..(_valueEnd + (IsText ? 1 : 0))];

    private readonly bool IsResumed => _resumedLevels != 0;

    // The fault as the platform's reader words it; the words of our own are used only if the two disagree on what is JSON.
    private readonly JsonException Fault()
    {
        var text = IsResumed ? [.. Before(), .. _text[_resumedAt..]] : _text;
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = int.MaxValue });
        try
        {
            while (reader.Read())
            {
            }
        }
        catch (JsonException fault)
        {
            return IsResumed ? WithoutPlace(fault) : fault;
        }

        return new JsonException("The text is not JSON.");
    }

    // The shortest text that, put in front of the rest, gives the rest the meaning it has.
    private readonly byte[] Before()
    {
        var text = new List<byte>();
        for (var level = 1; level < _resumedLevels; level++)
        {
            text.AddRange(level == 1 ? "{"u8 : "\"\":{"u8);
        }

        if (_resumedBehindMember)
        {
            text.AddRange(_resumedLevels == 1 ? "{}"u8 : "\"\":{}"u8);
        }

        return [.. text];
    }

    // The line and the byte in the message count from that made-up text, so they are cut off.
    private static JsonException WithoutPlace(JsonException fault)
    {
        var end = fault.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? fault : new JsonException(fault.Message[..end], fault);
    }
}
