using System.Globalization;
using System.Text;
using System.Text.Json;
using Halyard.DataModel.Json.Writing;
using Halyard.Model;

namespace Halyard.Fuzzing;

/// <summary>What was read as one text, so that two readings can be compared: the model itself has no equality.</summary>
internal static class Meaning
{
    public static string Of(ItemDescriptor item) => item is MalformedItem bad
        ? string.Create(CultureInfo.InvariantCulture, $"{bad.Kind} {bad.Key} {(bad.HasVersion ? bad.Version : null)} {bad.Path} {bad.Problem} {Text(bad.Text)}")
        : string.Create(CultureInfo.InvariantCulture, $"{item.Kind} {item.Key} {item.Version} {Encoding.UTF8.GetString(item.ToUtf8Json())}");

    /// <summary>A data set, with the paths and texts of what is in quarantine.</summary>
    public static string Of(DataSet data)
    {
        using var text = new MemoryStream();
        using (var writer = new Utf8JsonWriter(text, new JsonWriterOptions { SkipValidation = true, MaxDepth = int.MaxValue }))
        {
            ModelWriter.Write(writer, data);
        }

        var meaning = new StringBuilder(Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length));
        foreach (var item in data.Malformed)
        {
            meaning.Append('\n').Append(Of(item));
        }

        return meaning.ToString();
    }

    /// <summary>A fault, without the line and the byte, which only who has the whole text can know.</summary>
    public static string Of(MalformedDataException fault)
    {
        var place = fault.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return $"{fault.Path}|{(place < 0 ? fault.Message : fault.Message[..place])}";
    }

    private static string Text(byte[]? text) => text is null ? "" : Encoding.Latin1.GetString(text);
}
