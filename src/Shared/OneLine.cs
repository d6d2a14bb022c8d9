namespace Halyard;

/// <summary>Brings what others say onto one line, for logs, statuses and terminals.</summary>
internal static class OneLine
{
    /// <summary>
    /// The text with one space in place of every run of line ends, control characters and the blanks around them: a service's answer
    /// must not look like a second line of a log, nor move a terminal's cursor. The text itself where it has none.
    /// </summary>
    public static string Of(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\x1F') && !text.AsSpan().ContainsAnyInRange('\x7F', '\x9F') && text.AsSpan().IndexOfAny('\u2028', '\u2029') < 0)
        {
            return text;
        }

        var line = new System.Text.StringBuilder(text.Length);
        var isBroken = false;
        foreach (var letter in text)
        {
            if (IsBreak(letter))
            {
                isBroken = true;
            }
            else if (letter != ' ' || !isBroken)
            {
                if (isBroken)
                {
                    Mend(line);
                    isBroken = false;
                }

                line.Append(letter);
            }
        }

        return line.ToString();
    }

    private static bool IsBreak(char letter) => char.IsControl(letter) || letter is '\u2028' or '\u2029';

    private static void Mend(System.Text.StringBuilder line)
    {
        while (line.Length > 0 && line[^1] == ' ')
        {
            line.Length--;
        }

        if (line.Length > 0)
        {
            line.Append(' ');
        }
    }
}
