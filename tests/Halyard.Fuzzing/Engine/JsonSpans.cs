namespace Halyard.Fuzzing;

/// <summary>Finds values in text that may be JSON, so that whole ones can be replaced. What is no JSON gives some span or none.</summary>
internal static class JsonSpans
{
    /// <summary>The first value that begins at a place or behind it.</summary>
    public static bool TryFind(ReadOnlySpan<byte> text, int from, out int start, out int end)
    {
        for (start = from; start < text.Length; start++)
        {
            if (IsStart(text[start]))
            {
                end = EndOf(text, start);
                return true;
            }
        }

        end = start;
        return false;
    }

    /// <summary>Where the value ends that begins at a place.</summary>
    public static int EndOf(ReadOnlySpan<byte> text, int start)
    {
        var depth = 0;
        for (var at = start; at < text.Length; at++)
        {
            switch (text[at])
            {
                case (byte)'"':
                    at = EndOfText(text, at) - 1;
                    break;
                case (byte)'{' or (byte)'[':
                    depth++;
                    continue;
                case (byte)'}' or (byte)']':
                    depth--;
                    break;
                default:
                    if (depth == 0)
                    {
                        return EndOfWord(text, at);
                    }

                    continue;
            }

            if (depth <= 0)
            {
                return at + 1;
            }
        }

        return text.Length;
    }

    /// <summary>Whether a name ends there, and not a value: then a colon follows.</summary>
    public static bool IsName(ReadOnlySpan<byte> text, int end)
    {
        while (end < text.Length && text[end] is (byte)' ' or (byte)'\n')
        {
            end++;
        }

        return end < text.Length && text[end] == ':';
    }

    private static bool IsStart(byte value) => value is (byte)'"' or (byte)'{' or (byte)'[' or (byte)'-' or (byte)'t' or (byte)'f' or (byte)'n' or (>= (byte)'0' and <= (byte)'9');

    private static int EndOfText(ReadOnlySpan<byte> text, int quote)
    {
        for (var at = quote + 1; at < text.Length; at++)
        {
            if (text[at] == '\\')
            {
                at++;
            }
            else if (text[at] == '"')
            {
                return at + 1;
            }
        }

        return text.Length;
    }

    private static int EndOfWord(ReadOnlySpan<byte> text, int at)
    {
        var first = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit((char)text[at]) || text[at] is (byte)'-' or (byte)'+' or (byte)'.'))
        {
            at++;
        }

        return Math.Max(at, first + 1);
    }
}
