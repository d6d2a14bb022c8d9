using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Halyard;

/// <summary>
/// An object's text on one line, of parts that are copied as they stand: what clients read and <see cref="Utf8JsonWriter"/> refuses, such
/// as half of a surrogate pair, passes. Not thread-safe.
/// </summary>
internal sealed class ObjectText
{
    /// <summary>How JSON is read whose levels a client does not count either.</summary>
    public static readonly JsonDocumentOptions AnyDepth = new() { MaxDepth = int.MaxValue };

    private readonly ArrayBufferWriter<byte> _text = new(1024);

    public ObjectText() => _text.Write("{"u8);

    /// <summary>Whether a property has this name.</summary>
    public static bool Is(JsonProperty property, ReadOnlySpan<byte> name)
    {
        var raw = JsonMarshal.GetRawUtf8PropertyName(property);
        if (!raw.Contains((byte)'\\'))
        {
            return raw.SequenceEqual(name);
        }

        try
        {
            return property.NameEquals(name);
        }
        catch (InvalidOperationException)
        {
            // It is no valid text, and so not this one.
            return false;
        }
    }

    /// <summary>Adds a property as it stands.</summary>
    public void Copy(JsonProperty property)
    {
        Begin(JsonMarshal.GetRawUtf8PropertyName(property));
        Compact(JsonMarshal.GetRawUtf8Value(property.Value));
    }

    /// <summary>Adds a property.</summary>
    /// <param name="name">The name; ASCII that needs no escape.</param>
    /// <param name="value">Its value.</param>
    public void Add(ReadOnlySpan<byte> name, long value)
    {
        Begin(name);
        Span<byte> digits = stackalloc byte[20];
        value.TryFormat(digits, out var length, provider: CultureInfo.InvariantCulture);
        _text.Write(digits[..length]);
    }

    /// <inheritdoc cref="Add(ReadOnlySpan{byte}, long)"/>
    public void Add(ReadOnlySpan<byte> name, bool value)
    {
        Begin(name);
        _text.Write(value ? "true"u8 : "false"u8);
    }

    /// <inheritdoc cref="Add(ReadOnlySpan{byte}, long)"/>
    public void Add(ReadOnlySpan<byte> name, string value)
    {
        Begin(name);
        _text.Write("\""u8);
        _text.Write(JsonEncodedText.Encode(Encoding.UTF8.GetBytes(value)).EncodedUtf8Bytes);
        _text.Write("\""u8);
    }

    /// <summary>Adds a property whose value is an array.</summary>
    /// <param name="name">The name; ASCII that needs no escape.</param>
    /// <param name="elements">The texts of its elements.</param>
    public void Add(ReadOnlySpan<byte> name, IEnumerable<byte[]> elements)
    {
        Begin(name);
        var separator = "["u8;
        foreach (var element in elements)
        {
            _text.Write(separator);
            Compact(element);
            separator = ","u8;
        }

        _text.Write(separator.SequenceEqual("["u8) ? "[]"u8 : "]"u8);
    }

    /// <summary>Ends the object.</summary>
    /// <returns>Its text.</returns>
    public byte[] End()
    {
        _text.Write("}"u8);
        return _text.WrittenSpan.ToArray();
    }

    private void Begin(ReadOnlySpan<byte> name)
    {
        _text.Write(_text.WrittenCount == 1 ? "\""u8 : ",\""u8);
        _text.Write(name);
        _text.Write("\":"u8);
    }

    // Blanks between tokens are left out: an event of a stream is one line.
    private void Compact(ReadOnlySpan<byte> json)
    {
        var isText = false;
        var start = 0;
        for (var at = 0; at < json.Length; at++)
        {
            switch (json[at])
            {
                case (byte)'\\':
                    at++;
                    break;
                case (byte)'"':
                    isText = !isText;
                    break;
                case (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t' when !isText:
                    _text.Write(json[start..at]);
                    start = at + 1;
                    break;
            }
        }

        _text.Write(json[start..]);
    }
}
