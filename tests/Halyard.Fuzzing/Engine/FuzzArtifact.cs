using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Halyard.Fuzzing;

/// <summary>An input that shows a fault, in a file that can be read again by <c>eng/fuzz replay</c>.</summary>
internal static class FuzzArtifact
{
    private const int MostShown = 4096;

    /// <summary>Writes the input.</summary>
    /// <returns>The file.</returns>
    public static string Save(string folder, string target, byte[] input)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"{target}-{Convert.ToHexStringLower(SHA256.HashData(input))[..12]}");
        File.WriteAllBytes(path, input);
        return path;
    }

    /// <summary>The bytes in hexadecimal digits.</summary>
    public static string Hex(byte[] input) => Convert.ToHexStringLower(input.AsSpan(0, Math.Min(input.Length, MostShown))) + Rest(input);

    /// <summary>The bytes as text, with escapes for what a terminal cannot show.</summary>
    public static string Escaped(byte[] input)
    {
        var text = new StringBuilder();
        foreach (var value in input.AsSpan(0, Math.Min(input.Length, MostShown)))
        {
            text.Append(value switch
            {
                (byte)'\n' => "\\n",
                (byte)'\r' => "\\r",
                (byte)'\t' => "\\t",
                (byte)'\\' => "\\\\",
                >= 0x20 and < 0x7F => ((char)value).ToString(),
                _ => string.Create(CultureInfo.InvariantCulture, $"\\x{value:x2}"),
            });
        }

        return text.Append(Rest(input)).ToString();
    }

    private static string Rest(byte[] input) => input.Length > MostShown ? $"... ({input.Length} bytes)" : "";
}
