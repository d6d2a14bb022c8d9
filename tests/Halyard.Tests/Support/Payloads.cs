using System.IO.Compression;

namespace Halyard.Tests.Support;

/// <summary>The flag data in <c>bench/data</c>.</summary>
internal static class Payloads
{
    /// <summary>1,000 flags and 200 segments.</summary>
    public static byte[] Small => Load("payload-1k.json");

    /// <summary>10,000 flags and 200 segments.</summary>
    public static byte[] Large
    {
        get
        {
            using var packed = new GZipStream(new MemoryStream(Load("payload-10k.json.gz")), CompressionMode.Decompress);
            var unpacked = new MemoryStream();
            packed.CopyTo(unpacked);
            return unpacked.ToArray();
        }
    }

    /// <summary>One flag of 1.2 KB.</summary>
    public static byte[] Patch => System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.UTF8.GetString(Load("patch-template.json"))
        .Replace("@TS@", "1732500000000", StringComparison.Ordinal).Replace("@VERSION@", "77", StringComparison.Ordinal));

    /// <summary>An array of contexts; the <c>bench-*</c> flags are built around the first.</summary>
    public static byte[] Contexts => Load("contexts.json");

    private static byte[] Load(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "data", name));
}
