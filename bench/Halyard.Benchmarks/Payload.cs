using System.IO.Compression;
using System.Text.Json;

namespace Halyard.Benchmarks;

/// <summary>The payloads of <c>bench/data</c>, which others can be measured on too.</summary>
internal static class Payload
{
    /// <summary><c>bench/data</c> of this checkout.</summary>
    public static readonly string Folder = FindFolder();

    /// <summary>1,000 flags of 1-2 KB and 200 segments.</summary>
    public static byte[] Small => File.ReadAllBytes(Path.Combine(Folder, "payload-1k.json"));

    /// <summary>10,000 flags of 1-2 KB and 200 segments.</summary>
    public static byte[] Large
    {
        get
        {
            using var file = new GZipStream(File.OpenRead(Path.Combine(Folder, "payload-10k.json.gz")), CompressionMode.Decompress);
            using var bytes = new MemoryStream();
            file.CopyTo(bytes);
            return bytes.ToArray();
        }
    }

    /// <summary>The context that the <c>bench-*</c> flags are built around.</summary>
    public static Context FirstContext
    {
        get
        {
            using var contexts = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "contexts.json")));
            return Context.FromJson(contexts.RootElement[0].GetRawText());
        }
    }

    /// <summary>One flag of 1.2 KB at a version.</summary>
    public static byte[] Patch(long version) => System.Text.Encoding.UTF8.GetBytes(
        File.ReadAllText(Path.Combine(Folder, "patch-template.json"))
            .Replace("@TS@", "0", StringComparison.Ordinal)
            .Replace("@VERSION@", version.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal));

    /// <summary>A data set of so many flags of the large payload, and all its segments.</summary>
    public static DataSet DataSetOf(int flags)
    {
        var all = ModelReader.ReadDataSet(Large);
        return new([.. all.Flags.Take(flags)], all.Segments);
    }

    private static string FindFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var data = Path.Combine(folder.FullName, "bench", "data");
            if (Directory.Exists(data))
            {
                return data;
            }
        }

        throw new DirectoryNotFoundException("The benchmarks run inside a checkout: no bench/data above " + AppContext.BaseDirectory);
    }
}
