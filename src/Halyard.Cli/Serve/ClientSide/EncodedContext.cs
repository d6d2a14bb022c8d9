using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Halyard.Cli;

/// <summary>JSON as addresses carry it: in base64 of either alphabet, with or without the signs that fill it up.</summary>
internal static class EncodedContext
{
    public static bool TryDecode(string text, [NotNullWhen(true)] out byte[]? json)
    {
        // The server decodes all escapes but this one. Pluses become blanks on the way where they were not escaped.
        var plain = text.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase).Replace('+', '-').Replace(' ', '-').Replace('/', '_').TrimEnd('=');
        try
        {
            json = Base64Url.DecodeFromUtf8(Encoding.UTF8.GetBytes(plain));
            return json.Length != 0;
        }
        catch (FormatException)
        {
            json = null;
            return false;
        }
    }
}
