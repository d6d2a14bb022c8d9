using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Json;

namespace Halyard;

/// <summary>
/// Reads the tokens of a JSON text, as strictly as <see cref="Utf8JsonReader"/> with its default options: RFC 8259, no
/// comments, no trailing commas, at most 64 levels. It takes three quarters of its time, because the text lies in one
/// piece and is complete, so that it need neither stop inside a token nor count lines. What it refuses the platform's
/// reader is asked to explain, and it unescapes too; a test compares both token by token.
/// </summary>
internal ref partial struct JsonCursor
{
    // A bit for each level is all the stack there is.
    private const int MaxDepth = 64;
    private const int LongestQuickNumber = 18;

    private readonly ReadOnlySpan<byte> _text;
    private readonly int _resumedAt;
    private readonly byte _resumedLevels; // the depth there and one more; 0 for a text from its beginning
    private readonly bool _resumedBehindMember;
    private ulong _objects; // the innermost level is the lowest bit; set for an object
    private int _at; // the first byte after the token, and after the colon that follows a name
    private int _valueStart;
    private int _valueEnd;
    private int _depth;

    /// <summary>A cursor before the first token.</summary>
    public JsonCursor(ReadOnlySpan<byte> utf8Json) => _text = utf8Json;

    /// <summary>The kind of the current token; none before the first.</summary>
    public JsonTokenType TokenType { get; private set; }

    /// <summary>Whether the current string or name holds an escape.</summary>
    public bool ValueIsEscaped { get; private set; }

    /// <summary>The current token's bytes, without the quotes of a string or name.</summary>
    public readonly ReadOnlySpan<byte> ValueSpan
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => MemoryMarshal.CreateReadOnlySpan(
            ref Unsafe.Add(ref MemoryMarshal.GetReference(_text), _valueStart), _valueEnd - _valueStart);
    }

    /// <summary>The index of the current token's first byte.</summary>
    public readonly long TokenStartIndex => _valueStart - (IsText ? 1 : 0);

    private readonly bool IsText => TokenType is JsonTokenType.String or JsonTokenType.PropertyName;

    /// <summary>How many objects and arrays are open around the current token.</summary>
    public readonly int CurrentDepth =>
        TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray ? _depth - 1 : _depth;

    /// <summary>Goes on to the next token; false at the end.</summary>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public bool Read()
    {
        switch (TokenType)
        {
            case JsonTokenType.PropertyName:
                ReadValue(Peek());
                return true;
            case JsonTokenType.StartObject:
                ReadNameOrEnd(Peek());
                return true;
            case JsonTokenType.StartArray:
                if (Peek() is var first && first == ']')
                {
                    ReadEnd(JsonTokenType.EndArray);
                }
                else
                {
                    ReadValue(first);
                }

                return true;
            case JsonTokenType.None:
                ReadValue(Peek());
                return true;
            default:
                return ReadAfterValue();
        }
    }

    /// <summary>
    /// <see cref="Read"/> for where it is known that the cursor stands in an object, at its start or behind a member:
    /// on to the next member's name, or the object's end.
    /// </summary>
    /// <returns>Whether it is a name.</returns>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public bool ReadMember()
    {
        var next = Peek();
        if (TokenType == JsonTokenType.StartObject)
        {
            ReadNameOrEnd(next);
        }
        else if (next == ',')
        {
            _at++;
            ReadName(Peek());
        }
        else
        {
            ReadEndOf('}', next, JsonTokenType.EndObject);
        }

        return TokenType == JsonTokenType.PropertyName;
    }

    /// <summary><see cref="Read"/> for where it is known that the cursor stands at a name: on to its value.</summary>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public void ReadMemberValue() => ReadValue(Peek());

    /// <summary>From the start of an object or array to its end, and from a name to the end of its value; otherwise nothing.</summary>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public void Skip()
    {
        if (TokenType == JsonTokenType.PropertyName)
        {
            Read();
        }

        if (TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            var depth = _depth - 1;
            do
            {
                Read();
            }
            while (_depth > depth);
        }
    }

    /// <summary>Whether the current string or name, unescaped, is this text.</summary>
    public readonly bool ValueTextEquals(ReadOnlySpan<byte> text) =>
        ValueIsEscaped ? Alone().ValueTextEquals(text) : ValueSpan.SequenceEqual(text);

    /// <summary>The current string or name; null for JSON null.</summary>
    /// <exception cref="InvalidOperationException">It is no string, or not valid Unicode.</exception>
    public readonly string? GetString() => TokenType == JsonTokenType.Null ? null : Alone().GetString();

    /// <summary>Writes the current string or name, unescaped, to a buffer that is at least as long as its value.</summary>
    /// <exception cref="InvalidOperationException">It is no string, or not valid Unicode.</exception>
    public readonly int CopyString(Span<byte> destination) => Alone().CopyString(destination);

    /// <summary>The current number, where it is written as a whole one and fits.</summary>
    public readonly bool TryGetInt32(out int number)
    {
        if (TryGetInt64(out var wide) && wide == (int)wide)
        {
            number = (int)wide;
            return true;
        }

        number = 0;
        return false;
    }

    /// <summary>The current number, where it is written as a whole one and fits.</summary>
    public readonly bool TryGetInt64(out long number)
    {
        number = 0;
        if (TokenType != JsonTokenType.Number)
        {
            return false;
        }

        var digits = ValueSpan;
        var negative = digits.Length > 0 && digits[0] == '-';
        if (negative)
        {
            digits = digits[1..];
        }

        if (digits.Length > LongestQuickNumber)
        {
            return Alone().TryGetInt64(out number);
        }

        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                number = 0;
                return false;
            }

            number = (number * 10) + (digit - '0');
        }

        number = negative ? -number : number;
        return digits.Length > 0;
    }

    /// <summary>The current number, where it is written as a whole one and fits.</summary>
    public readonly bool TryGetUInt64(out ulong number)
    {
        number = 0;
        return TokenType == JsonTokenType.Number && Alone().TryGetUInt64(out number);
    }

    private bool ReadAfterValue()
    {
        var next = Peek();
        if (_depth == 0)
        {
            return next < 0 ? false : throw Fault();
        }

        if ((_objects & 1) != 0)
        {
            if (next == ',')
            {
                _at++;
                ReadName(Peek());
            }
            else
            {
                ReadEndOf('}', next, JsonTokenType.EndObject);
            }
        }
        else if (next == ',')
        {
            _at++;
            ReadValue(Peek());
        }
        else
        {
            ReadEndOf(']', next, JsonTokenType.EndArray);
        }

        return true;
    }

    private void ReadNameOrEnd(int next)
    {
        if (next == '}')
        {
            ReadEnd(JsonTokenType.EndObject);
        }
        else
        {
            ReadName(next);
        }
    }

    private void ReadName(int next)
    {
        if (next != '"')
        {
            throw Fault();
        }

        ReadText();
        TokenType = JsonTokenType.PropertyName;
        if (Peek() != ':')
        {
            throw Fault();
        }

        _at++;
    }

    private void ReadValue(int next)
    {
        switch (next)
        {
            case '"':
                ReadText();
                TokenType = JsonTokenType.String;
                break;
            case '{':
                ReadStart(JsonTokenType.StartObject, 1);
                break;
            case '[':
                ReadStart(JsonTokenType.StartArray, 0);
                break;
            case 't':
                ReadLiteral("true"u8, JsonTokenType.True);
                break;
            case 'f':
                ReadLiteral("false"u8, JsonTokenType.False);
                break;
            case 'n':
                ReadLiteral("null"u8, JsonTokenType.Null);
                break;
            default:
                ReadNumber();
                break;
        }
    }

    private void ReadStart(JsonTokenType type, ulong level)
    {
        if (_depth == MaxDepth)
        {
            throw Fault();
        }

        _depth++;
        _objects = (_objects << 1) | level;
        Token(type, _at + 1);
    }

    private void ReadEndOf(char end, int next, JsonTokenType type)
    {
        if (next != end)
        {
            throw Fault();
        }

        ReadEnd(type);
    }

    private void ReadEnd(JsonTokenType type)
    {
        _depth--;
        _objects >>= 1;
        Token(type, _at + 1);
    }

    private void ReadLiteral(ReadOnlySpan<byte> literal, JsonTokenType type)
    {
        if (!_text[_at..].StartsWith(literal))
        {
            throw Fault();
        }

        Token(type, _at + literal.Length);
    }

    private void ReadNumber()
    {
        var at = _at;
        if (ByteAt(at) == '-')
        {
            at++;
        }

        at = ByteAt(at) == '0' ? at + 1 : Digits(at);
        if (ByteAt(at) == '.')
        {
            at = Digits(at + 1);
        }

        if (ByteAt(at) is 'e' or 'E')
        {
            at = Digits(ByteAt(at + 1) is '+' or '-' ? at + 2 : at + 1);
        }

        var isLast = ByteAt(at) < 0 && _depth == 0;
        if (!isLast && ByteAt(at) is not (',' or '}' or ']' or ' ' or '\n' or '\r' or '\t' or '/'))
        {
            throw Fault();
        }

        Token(JsonTokenType.Number, at);
    }

    // To the first byte that is no digit; there must be one digit at least.
    private readonly int Digits(int at)
    {
        var first = at;
        while (ByteAt(at) is >= '0' and <= '9')
        {
            at++;
        }

        return at > first ? at : throw Fault();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Token(JsonTokenType type, int end)
    {
        _valueStart = _at;
        _valueEnd = end;
        _at = end;
        ValueIsEscaped = false;
        TokenType = type;
    }

    // From the opening quote to behind the closing one.
    private void ReadText()
    {
        var at = _at + 1;
        _valueStart = at;
        _valueEnd = at;
        ValueIsEscaped = false;

        // Most texts are short: one step finds their end.
        if (at <= _text.Length - Vector128<byte>.Count)
        {
            var special = Special(Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(_text), (nuint)at));
            if (special != 0)
            {
                at += BitOperations.TrailingZeroCount(special);
                if (_text[at] == '"')
                {
                    _valueEnd = at;
                    _at = at + 1;
                    return;
                }
            }
        }

        ReadLongText(at);
    }

    private void ReadLongText(int at)
    {
        while (true)
        {
            at = NextSpecial(at);
            switch (ByteAt(at))
            {
                case '"':
                    _valueEnd = at;
                    _at = at + 1;
                    return;
                case '\\':
                    at = AfterEscape(at + 1);
                    ValueIsEscaped = true;
                    break;
                default:
                    throw Fault();
            }
        }
    }

    // To the next quote, backslash, control character, or the end of the text.
    private readonly int NextSpecial(int at)
    {
        ref var text = ref MemoryMarshal.GetReference(_text);
        for (; at <= _text.Length - Vector128<byte>.Count; at += Vector128<byte>.Count)
        {
            var special = Special(Vector128.LoadUnsafe(ref text, (nuint)at));
            if (special != 0)
            {
                return at + BitOperations.TrailingZeroCount(special);
            }
        }

        while (ByteAt(at) is >= ' ' and not ('"' or '\\'))
        {
            at++;
        }

        return at;
    }

    // A bit for each quote, backslash and control character.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Special(Vector128<byte> bytes) =>
        (Vector128.Equals(bytes, Vector128.Create((byte)'"'))
            | Vector128.Equals(bytes, Vector128.Create((byte)'\\'))
            | Vector128.Equals(Vector128.Min(bytes, Vector128.Create((byte)0x1F)), bytes)).ExtractMostSignificantBits();

    private readonly int AfterEscape(int at)
    {
        switch (ByteAt(at))
        {
            case '"' or '\\' or '/' or 'b' or 'f' or 'n' or 'r' or 't':
                return at + 1;
            case 'u':
                for (var digit = at + 1; digit <= at + 4; digit++)
                {
                    if (ByteAt(digit) is var hex && (hex < 0 || !char.IsAsciiHexDigit((char)hex)))
                    {
                        throw Fault();
                    }
                }

                return at + 5;
            default:
                throw Fault();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly int ByteAt(int at) => (uint)at < (uint)_text.Length ? _text[at] : -1;

    // The next byte that is no white space, to which the cursor moves; -1 at the end.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Peek()
    {
        var next = ByteAt(_at);
        return next > ' ' ? next : PeekAfterSpace();
    }

    private int PeekAfterSpace()
    {
        while (ByteAt(_at) is ' ' or '\n' or '\r' or '\t')
        {
            _at++;
        }

        return ByteAt(_at);
    }

    // A string, name or number by itself is a document, for what is too rare to write a second time.
    private readonly Utf8JsonReader Alone()
    {
        var reader = new Utf8JsonReader(_text[(int)TokenStartIndex..(IsText ? _valueEnd + 1 : _valueEnd)]);
        reader.Read();
        return reader;
    }
}
