using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Halyard.DataModel.Json.Tokens;

/// <summary>
/// Reads the tokens of a JSON text, as strictly as <see cref="Utf8JsonReader"/> with its default options: RFC 8259, no
/// comments, no trailing commas. It takes three quarters of its time: the text lies in one piece and is complete, so this
/// reader need neither stop inside a token nor count lines. The platform's reader words the faults; a test compares the two
/// token by token. Two things differ: there is no limit to the levels, because a value that is nested too deeply must not
/// make what stands around it unreadable, and half of a surrogate pair reads as U+FFFD.
/// </summary>
internal ref partial struct JsonCursor
{
    // The levels that one word of the stack holds, one bit for each.
    private const int WordLevels = 64;

    private readonly ReadOnlySpan<byte> _text;
    private readonly int _resumedAt;
    private readonly byte _resumedLevels; // the depth there and one more; 0 for a text from its beginning
    private readonly bool _resumedBehindMember;
    private ulong _objects; // the innermost level is the lowest bit; set for an object

    // The words of the stack below that one, from the outermost; null while there are none. A copy of the cursor shares them:
    // it may go on from where it was taken once the original is done inside of that value, but the two must not take turns.
    private ulong[]? _outerObjects;
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
        if (_depth >= WordLevels)
        {
            EnterWord();
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
        if (_depth >= WordLevels)
        {
            LeaveWord();
        }

        Token(type, _at + 1);
    }

    // Puts a full word away.
    private void EnterWord()
    {
        if (_depth % WordLevels == 0)
        {
            var at = (_depth / WordLevels) - 1;
            if (_outerObjects is null || at == _outerObjects.Length)
            {
                Array.Resize(ref _outerObjects, Math.Max(4, at * 2));
            }

            _outerObjects[at] = _objects;
        }
    }

    // Takes the word before, where the last level of a word was left.
    private void LeaveWord()
    {
        if (_depth % WordLevels == 0)
        {
            _objects = _outerObjects![(_depth / WordLevels) - 1];
        }
    }

    private void ReadLiteral(ReadOnlySpan<byte> literal, JsonTokenType type)
    {
        if (!_text[_at..].StartsWith(literal))
        {
            throw Fault();
        }

        Token(type, _at + literal.Length);
    }
}
