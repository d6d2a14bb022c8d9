using System.Text;

namespace Halyard.DataModel.Json.Tokens;

/// <summary>UTF-8 to strings, strictly.</summary>
internal static class Utf8Text
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="DecoderFallbackException">The bytes are not UTF-8.</exception>
    public static string ToString(ReadOnlySpan<byte> utf8)
    {
        // Nearly everything is ASCII. ASCII has as many characters as bytes, so no second pass has to count them.
        if (Ascii.IsValid(utf8))
        {
            return Encoding.Latin1.GetString(utf8);
        }

        return Strict.GetString(utf8);
    }

    /// <summary>Writes the characters, of which there are no more than there are bytes.</summary>
    /// <returns>How many they are.</returns>
    /// <exception cref="DecoderFallbackException">The bytes are not UTF-8.</exception>
    public static int Decode(ReadOnlySpan<byte> utf8, Span<char> characters) =>
        Ascii.ToUtf16(utf8, characters, out var length) == System.Buffers.OperationStatus.Done
            ? length
            : Strict.GetChars(utf8, characters);
}
