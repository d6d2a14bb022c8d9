using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Halyard.DataModel.Json.Writing;

/// <summary>
/// Writes JSON as characters, for what is to become a string: by way of UTF-8 each text would be converted twice, and the
/// whole be copied once more. Escapes and numbers are those of <see cref="Utf8JsonWriter"/>; a test compares
/// the two. The caller sees to it that the members and ends fit together.
/// </summary>
internal ref struct CharOutput : IJsonOutput
{
    /// <summary>The characters to begin with, on the stack.</summary>
    public const int FirstRoom = 512;

    // The longest text of a double or a long, such as -1.2345678901234567E-300, and more.
    private const int LongestNumber = 32;

    // A character of two units, each of which becomes a backslash, a letter and four digits.
    private const int LongestEscape = 12;

    // Below this a whole number is written as its digits: beyond, the shortest text has an exponent.
    private const double MostDigits = 1e15;

    private readonly TextRules _rules;
    private Span<char> _text;
    private char[]? _rented;
    private int _length;
    private bool _needsComma;

    /// <summary>A writer that begins with the room given and rents more.</summary>
    public CharOutput(Span<char> room, TextRules rules)
    {
        _text = room;
        _rules = rules;
    }

    /// <summary>What was written; nothing can be written after it.</summary>
    public string TakeText()
    {
        var text = new string(_text[.._length]);
        Return();
        return text;
    }

    public void StartObject() => Start('{');

    public void EndObject() => End('}');

    public void StartArray() => Start('[');

    public void EndArray() => End(']');

    public void Name(string name)
    {
        Text(name);
        Reserve(1);
        _text[_length++] = ':';
        _needsComma = false;
    }

    public void Name(JsonEncodedText name)
    {
        var text = name.Value;
        Reserve(text.Length + 4);
        Separate();
        var to = _text[_length..];
        to[0] = '"';
        text.CopyTo(to[1..]);
        to[text.Length + 1] = '"';
        to[text.Length + 2] = ':';
        _length += text.Length + 3;
        _needsComma = false;
    }

    public void Bool(bool value) => Raw(value ? "true" : "false");

    public void Null() => Raw("null");

    public void Number(string digits) => Raw(digits);

    public void Number(long number)
    {
        Reserve(LongestNumber);
        Separate();
        number.TryFormat(_text[_length..], out var digits, default, CultureInfo.InvariantCulture);
        _length += digits;
    }

    public void Number(double number)
    {
        // The bits tell minus zero, which has a sign.
        if (Math.Abs(number) < MostDigits && BitConverter.DoubleToInt64Bits(number) == BitConverter.DoubleToInt64Bits((long)number))
        {
            Number((long)number);
            return;
        }

        Reserve(LongestNumber);
        Separate();
        number.TryFormat(_text[_length..], out var digits, default, CultureInfo.InvariantCulture);
        _length += digits;
    }

    public void Text(string text)
    {
        Reserve(text.Length + 3);
        Separate();
        var to = _text[_length..];
        to[0] = '"';
        if (text.AsSpan().ContainsAnyExcept(_rules.Plain))
        {
            _length++;
            Escaped(text);
            return;
        }

        text.CopyTo(to[1..]);
        to[text.Length + 1] = '"';
        _length += text.Length + 2;
    }

    private void Raw(string json)
    {
        Reserve(json.Length + 1);
        Separate();
        json.CopyTo(_text[_length..]);
        _length += json.Length;
    }

    private void Start(char bracket)
    {
        Reserve(2);
        Separate();
        _text[_length++] = bracket;
        _needsComma = false;
    }

    private void End(char bracket)
    {
        Reserve(1);
        _text[_length++] = bracket;
        _needsComma = true;
    }

    // A comma behind the value before, for which there is room; what follows is a value too, or the name of one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Separate()
    {
        if (_needsComma)
        {
            _text[_length++] = ',';
        }

        _needsComma = true;
    }

    private void Escaped(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            // Room for any one character, so that each turn moves on; the encoder's own figure is that of half of a pair.
            Reserve(text.Length + LongestEscape);
            _rules.Encoder.Encode(text, _text[_length..], out var read, out var written);
            _length += written;
            text = text[read..];
        }

        Reserve(1);
        _text[_length++] = '"';
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Reserve(int length)
    {
        if (_text.Length - _length < length)
        {
            Grow(_length + length);
        }
    }

    private void Grow(int length)
    {
        var larger = ArrayPool<char>.Shared.Rent((int)Math.Min(Array.MaxLength, Math.Max(length, 4L * _text.Length)));
        _text[.._length].CopyTo(larger);
        Return();
        _rented = larger;
        _text = larger;
    }

    private readonly void Return()
    {
        if (_rented is not null)
        {
            ArrayPool<char>.Shared.Return(_rented);
        }
    }
}
