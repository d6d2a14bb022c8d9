using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Json;

namespace Halyard.DataModel.Json.Tokens;

// The bytes of numbers, texts and white space.
internal ref partial struct JsonCursor
{
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
}
