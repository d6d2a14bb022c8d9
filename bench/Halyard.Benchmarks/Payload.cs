using System.IO.Compression;
using System.Text.Json;
using Halyard.DataModel.Json.Reading;
using Halyard.Model;

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

    /// <summary>
    /// So many flags, and all segments: the first of the small payload (without segments), the small or the large payload, or the large one's flags again and again under
    /// other keys and salts, sent one after the other.
    /// </summary>
    public static byte[] Of(int flags)
    {
        if (flags < 1_000)
        {
            return First(flags);
        }

        if (flags <= 10_000)
        {
            return flags == 1_000 ? Small : flags == 10_000 ? Large : throw new ArgumentOutOfRangeException(nameof(flags));
        }

        using var all = JsonDocument.Parse(Large);
        using var bytes = new MemoryStream();
        bytes.Write("{\"flags\":{"u8);
        JsonProperty[] originals = [.. all.RootElement.GetProperty("flags").EnumerateObject()];
        for (var i = 0; i < flags; i++)
        {
            var (original, copy) = (originals[i % originals.Length], i / originals.Length);
            var text = original.Value.GetRawText();
            var key = original.Name;
            if (copy > 0)
            {
                key = $"{original.Name}.{copy}";
                text = text
                    .Replace($"\"key\":\"{original.Name}\"", $"\"key\":\"{key}\"", StringComparison.Ordinal)
                    .Replace("\"salt\":\"", $"\"salt\":\"{copy}-", StringComparison.Ordinal);
            }

            bytes.Write(System.Text.Encoding.UTF8.GetBytes($"{(i == 0 ? "" : ",")}\"{key}\":{text}"));
        }

        bytes.Write("},\"segments\":"u8);
        bytes.Write(System.Text.Encoding.UTF8.GetBytes(all.RootElement.GetProperty("segments").GetRawText()));
        bytes.Write("}"u8);
        return bytes.ToArray();
    }

    /// <summary>The context that the <c>bench-*</c> flags are built around.</summary>
    public static Context FirstContext => Context.FromJson(ContextTexts[0]);

    /// <summary>Contexts as JSON.</summary>
    public static string[] ContextTexts
    {
        get
        {
            using var contexts = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "contexts.json")));
            return [.. contexts.RootElement.EnumerateArray().Select(static context => context.GetRawText())];
        }
    }

    /// <summary>The text of one flag of 1.2 KB, <c>bench-latency</c>, with marks for a value (<c>@TS@</c>) and its version (<c>@VERSION@</c>).</summary>
    public static string PatchTemplate => File.ReadAllText(Path.Combine(Folder, "patch-template.json"));

    /// <summary>One flag of 1.2 KB at a version.</summary>
    public static byte[] Patch(long version) => System.Text.Encoding.UTF8.GetBytes(
        PatchTemplate
            .Replace("@TS@", "0", StringComparison.Ordinal)
            .Replace("@VERSION@", version.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal));

    /// <summary>A data set of so many flags of the large payload, beyond its 10,000 copies of them, and all its segments.</summary>
    public static DataSet DataSetOf(int flags)
    {
        var all = ModelReader.ReadDataSet(Large);
        ItemDescriptor<Flag>[] originals = [.. all.Flags];
        return new(
            [
                .. originals.Take(flags),
                .. Enumerable.Range(0, Math.Max(0, flags - originals.Length)).Select(i => CopyOf(originals[i % originals.Length], i)),
            ],
            all.Segments);
    }

    private static byte[] First(int flags)
    {
        using var all = JsonDocument.Parse(Small);
        var texts = all.RootElement.GetProperty("flags").EnumerateObject().Take(flags).Select(static flag => $"\"{flag.Name}\":{flag.Value.GetRawText()}");
        return System.Text.Encoding.UTF8.GetBytes($"{{\"flags\":{{{string.Join(',', texts)}}},\"segments\":{{}}}}");
    }

    private static ItemDescriptor<Flag> CopyOf(ItemDescriptor<Flag> flag, int number) =>
        ItemDescriptor<Flag>.Of($"{flag.Key}-copy-{number}", flag.Version, flag.Item!);

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
