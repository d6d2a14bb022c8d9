using System.Globalization;
using System.Text;

namespace Halyard.FlagGeneration;

/// <summary>
/// Reads JSON for the compiler, which has no reader of its own to lend: whoever ships one beside a generator meets another version of it in the
/// next editor. A byte order mark is skipped. As generous as the reader of flag files, which takes comments and commas behind the last member; bounded in depth.
/// </summary>
internal sealed class JsonParser
{
    private const int MostLevels = 1_000;

    private static readonly char[] LineEnds = ['\n', '\r'];

    private readonly string _text;
    private int _at;

    private JsonParser(string text) => _text = text;

    /// <summary>Reads a text that is one value.</summary>
    /// <exception cref="JsonFault">It is not.</exception>
    public static JsonNode Parse(string text)
    {
        var parser = new JsonParser(text) { _at = text.Length > 0 && text[0] == '\uFEFF' ? 1 : 0 };
        var value = parser.Value(0);
        parser.SkipBlanks();
        return parser._at == text.Length ? value : throw parser.Fault("There is more behind the value.");
    }

    private JsonNode Value(int level)
    {
        SkipBlanks();
        if (level > MostLevels)
        {
            throw Fault($"There are more than {MostLevels} levels.");
        }

        var start = _at;
        switch (Peek())
        {
            case '{':
                return Inner(start, '}', level, isObject: true);
            case '[':
                return Inner(start, ']', level, isObject: false);
            case '"':
                var text = QuotedText();
                return new(JsonKind.Text, start, _at, text);
            case '-' or (>= '0' and <= '9'):
                return Number(start);
            case 't':
                return Word("true", JsonKind.True);
            case 'f':
                return Word("false", JsonKind.False);
            case 'n':
                return Word("null", JsonKind.Null);
            default:
                throw Fault("A value is expected.");
        }
    }

    private JsonNode Inner(int start, char close, int level, bool isObject)
    {
        var members = new List<(string, JsonNode)>();
        _at++;
        SkipBlanks();
        if (Peek() != close)
        {
            do
            {
                SkipBlanks();
                var name = "";
                if (isObject)
                {
                    name = Peek() == '"' ? QuotedText() : throw Fault("A name in quotation marks is expected.");
                    SkipBlanks();
                    Take(':', "':' is expected.");
                }

                members.Add((name, Value(level + 1)));
                SkipBlanks();
            }
            while (TakeComma(close));
        }

        Take(close, $"',' or '{close}' is expected.");
        return new(isObject ? JsonKind.Object : JsonKind.Array, start, _at) { Members = members };
    }

    private JsonNode Number(int start)
    {
        TryTake('-');
        if (!TryTake('0'))
        {
            Digits();
        }

        if (TryTake('.'))
        {
            Digits();
        }

        if (TryTake('e') || TryTake('E'))
        {
            _ = TryTake('+') || TryTake('-');
            Digits();
        }

        return new(JsonKind.Number, start, _at, _text.Substring(start, _at - start));
    }

    private void Digits()
    {
        var start = _at;
        while (Peek() is >= '0' and <= '9')
        {
            _at++;
        }

        if (_at == start)
        {
            throw Fault("A digit is expected.");
        }
    }

    private JsonNode Word(string word, JsonKind kind)
    {
        var start = _at;
        if (!StartsWith(word))
        {
            throw Fault("A value is expected.");
        }

        _at += word.Length;
        return new(kind, start, _at);
    }

    private string QuotedText()
    {
        var text = new StringBuilder();
        for (_at++; Peek() != '"'; _at++)
        {
            var character = Peek();
            if (_at >= _text.Length || character < ' ')
            {
                throw Fault("The text has no end.");
            }

            text.Append(character == '\\' ? Escaped() : character);
        }

        _at++;
        return text.ToString();
    }

    private char Escaped()
    {
        _at++;
        switch (Peek())
        {
            case '"' or '\\' or '/':
                return _text[_at];
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
#pragma warning disable CA1846 // The framework that compilers load this with has no such overload.
            case 'u' when _at + 4 < _text.Length
                && ushort.TryParse(_text.Substring(_at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code):
#pragma warning restore CA1846
                _at += 4;
                return (char)code;
            default:
                throw Fault("The escape is not known.");
        }
    }

    private void SkipBlanks()
    {
        while (true)
        {
            if (Peek() is ' ' or '\t' or '\n' or '\r')
            {
                _at++;
            }
            else if (!TrySkipLine() && !TrySkipComment())
            {
                return;
            }
        }
    }

    private bool TrySkipLine()
    {
        if (!StartsWith("//"))
        {
            return false;
        }

        var end = _text.IndexOfAny(LineEnds, _at);
        _at = end < 0 ? _text.Length : end;
        return true;
    }

    private bool TrySkipComment()
    {
        if (!StartsWith("/*"))
        {
            return false;
        }

        var end = _text.IndexOf("*/", _at + 2, StringComparison.Ordinal);
        _at = end < 0 ? throw Fault("The comment has no end.") : end + 2;
        return true;
    }

    private bool StartsWith(string text) => string.CompareOrdinal(_text, _at, text, 0, text.Length) == 0;

    // Whether another member follows.
    private bool TakeComma(char close)
    {
        if (!TryTake(','))
        {
            return false;
        }

        SkipBlanks();
        return Peek() != close;
    }

    private char Peek() => _at < _text.Length ? _text[_at] : '\0';

    private bool TryTake(char character)
    {
        if (Peek() != character)
        {
            return false;
        }

        _at++;
        return true;
    }

    private void Take(char character, string problem)
    {
        if (!TryTake(character))
        {
            throw Fault(problem);
        }
    }

    private JsonFault Fault(string problem) => new(problem, _at);
}
