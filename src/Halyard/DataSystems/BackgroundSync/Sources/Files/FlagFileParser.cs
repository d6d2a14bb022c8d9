using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Halyard.Configuration;
using Halyard.DataModel.Json.Tokens;

namespace Halyard.DataSystems.Sources.Files;

/// <summary>Cuts a flag file into items. The model reader reads the items.</summary>
internal static class FlagFileParser
{
    public const string Flags = "flags";
    public const string FlagValues = "flagValues";
    public const string Segments = "segments";

    private static readonly SearchValues<char> AmbiguousInPaths = SearchValues.Create(".[]'\" ");

    private static readonly JsonReaderOptions ReaderOptions = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = int.MaxValue };

    private static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
        MaxDepth = int.MaxValue,
    };

    /// <summary>Adds a file's items to the list.</summary>
    /// <param name="file">A file that could be read.</param>
    /// <param name="formats">Formats beside JSON.</param>
    /// <param name="areOverrides">Whether the items stand in place of others: a value is then that of a flag that is off, and versions are kept.</param>
    /// <param name="items">Where the items go.</param>
    /// <param name="unknownSections">Told of unknown sections, which are most likely misspelled.</param>
    /// <exception cref="FlagFileException">The file is malformed.</exception>
    public static void Parse(
        FlagFileText file, IReadOnlyList<IFlagFileFormat> formats, bool areOverrides, List<FlagFileItem> items, List<string> unknownSections)
    {
        var path = file.Path;
        if (file.Bytes.Span.TrimStart(" \t\r\n"u8).IsEmpty)
        {
            throw new FlagFileException($"{path} is empty.");
        }

        if (FlagFileProblems.MissingFormat(path, formats) is { } missing)
        {
            throw new FlagFileException(missing);
        }

        var format = formats.FirstOrDefault(candidate => candidate.CanRead(path));
        var json = format is null ? file.Bytes : Convert(file, format);
        try
        {
            ParseJson(path, json.Span, isConverted: format is not null, areOverrides, items, unknownSections);
        }
        catch (JsonException exception) when (format is null)
        {
            throw new FlagFileException(
                $"{path}, line {exception.LineNumber + 1}, column {exception.BytePositionInLine + 1}: not valid JSON. {WithoutPosition(exception.Message)}",
                exception);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new FlagFileException($"{path}: not valid {format?.Name ?? "JSON"}. {exception.Message}", exception);
        }
    }

    private static ReadOnlyMemory<byte> Convert(FlagFileText file, IFlagFileFormat format)
    {
        var json = new ArrayBufferWriter<byte>(file.Bytes.Length + 256);
        try
        {
            format.Convert(file.Bytes, json);
            return json.WrittenMemory;
        }
        catch (FlagFileFormatException exception)
        {
            var position = exception.Line > 0 ? $", line {exception.Line}, column {exception.Column}" : "";
            throw new FlagFileException($"{file.Path}{position}: {exception.Message}", exception);
        }
        catch (Exception exception)
        {
            throw new FlagFileException($"{file.Path}: the {format.Name} reader failed: {exception.Message}", exception);
        }
    }

    private static void ParseJson(
        string path, ReadOnlySpan<byte> json, bool isConverted, bool areOverrides, List<FlagFileItem> items, List<string> unknownSections)
    {
        var output = new ArrayBufferWriter<byte>(json.Length + 256);
        using var writer = new Utf8JsonWriter(output, WriterOptions);
        var ends = new List<(string Section, string Key, int Line, int Start, int End, MalformedDataException? Problem)>();
        string? unknown = null;
        var isKnown = false;
        var lines = new LineCounter(json);

        var reader = new Utf8JsonReader(json, ReaderOptions);
        reader.Read();
        ExpectObject(ref reader, path, "the file");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var section = Text(ref reader);
            reader.Read();
            if (section is not (Flags or FlagValues or Segments))
            {
                // "$schema" and its like are for editors.
                if (!section.StartsWith('$'))
                {
                    unknown ??= section;
                    unknownSections.Add($"{path}: the section \"{section}\" is not known and was left out; known are flags, flagValues and segments.");
                }

                reader.Skip();
                continue;
            }

            isKnown = true;
            if (reader.TokenType == JsonTokenType.Null)
            {
                continue;
            }

            ExpectObject(ref reader, path, section);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var line = isConverted ? 0 : lines.At(reader.TokenStartIndex);
                var key = Text(ref reader);
                reader.Read();
                if (key.Length == 0)
                {
                    unknownSections.Add($"{Place(path, line)}: {section} has an item with an empty key, which was left out.");
                    reader.Skip();
                    continue;
                }

                var start = output.WrittenCount;
                MalformedDataException? problem = null;
                if (section == FlagValues)
                {
                    Raw(output, areOverrides
                        ? ",\"on\":false,\"offVariation\":0,\"fallthrough\":{\"variation\":0},\"variations\":["u8
                        : ",\"on\":true,\"fallthrough\":{\"variation\":0},\"variations\":["u8);
                    CopyValue(ref reader, writer);
                    Raw(output, "]"u8);
                }
                else
                {
                    problem = CopyMembers(ref reader, writer, output, areOverrides, section, key);
                }

                ends.Add((section, key, line, start, output.WrittenCount, problem));
            }
        }

        // The reader throws when there is text behind the document.
        while (reader.Read())
        {
        }

        // A file for something else, or one whose only section is misspelled, would empty every flag.
        if (!isKnown && unknown is not null)
        {
            throw new FlagFileException(
                $"{path}: the file has a section \"{unknown}\" and none that is known; known are flags, flagValues and segments.");
        }

        // The items refer to the buffer, which must not grow any more: growing moves it.
        foreach (var (section, key, line, start, end, problem) in ends)
        {
            items.Add(new(section, key, path, line, output.WrittenMemory[start..end], problem));
        }
    }

    // Copies all members but the key and the version, which the file source writes itself; an override keeps its version.
    // What is wrong with one item does not keep the others out: it is given back.
    private static MalformedDataException? CopyMembers(
        ref Utf8JsonReader reader, Utf8JsonWriter writer, ArrayBufferWriter<byte> output, bool keepsVersion, string section, string key)
    {
        var at = PathOf(section, key);
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            var found = Describe(reader.TokenType);
            CopyValue(ref reader, writer);
            return new($"{at}: expected an object, found {found}.", at);
        }

        MalformedDataException? problem = null;

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Text(ref reader);
            if (!keepsVersion && name == "version")
            {
                reader.Skip();
                continue;
            }

            if (name == "key")
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.Null && (reader.TokenType != JsonTokenType.String || Text(ref reader) != key))
                {
                    problem = new($"{at}.key: the item's own key differs from the one it stands under.", at + ".key");
                }

                reader.Skip();
                continue;
            }

            Raw(output, ","u8);
            writer.WriteStringValue(name);
            Flush(writer);
            Raw(output, ":"u8);
            reader.Read();
            CopyValue(ref reader, writer);
        }

        return problem;
    }

    private static void CopyValue(ref Utf8JsonReader reader, Utf8JsonWriter writer)
    {
        var depth = reader.CurrentDepth;
        while (true)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    writer.WriteStartObject();
                    break;
                case JsonTokenType.EndObject:
                    writer.WriteEndObject();
                    break;
                case JsonTokenType.StartArray:
                    writer.WriteStartArray();
                    break;
                case JsonTokenType.EndArray:
                    writer.WriteEndArray();
                    break;
                case JsonTokenType.PropertyName when reader.ValueIsEscaped:
                    writer.WritePropertyName(Text(ref reader));
                    break;
                case JsonTokenType.PropertyName:
                    writer.WritePropertyName(reader.ValueSpan);
                    break;
                case JsonTokenType.String when reader.ValueIsEscaped:
                    writer.WriteStringValue(Text(ref reader));
                    break;
                case JsonTokenType.String:
                    writer.WriteStringValue(reader.ValueSpan);
                    break;
                case JsonTokenType.Number:
                    // The text is copied, because a double could not hold every number.
                    writer.WriteRawValue(reader.ValueSpan, skipInputValidation: true);
                    break;
                case JsonTokenType.True or JsonTokenType.False:
                    writer.WriteBooleanValue(reader.TokenType == JsonTokenType.True);
                    break;
                default:
                    writer.WriteNullValue();
                    break;
            }

            if (reader.CurrentDepth == depth
                && reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray or JsonTokenType.PropertyName))
            {
                break;
            }

            reader.Read();
        }

        Flush(writer);
    }

    // A string or name; the platform's reader refuses to unescape half of a surrogate pair.
    private static string Text(ref Utf8JsonReader reader)
    {
        var text = new byte[reader.ValueSpan.Length];
        return Utf8Text.ToString(text.AsSpan(0, JsonEscapes.Decode(reader.ValueSpan, text)));
    }

    // A writer that is reset starts each value without the comma it would put between two.
    private static void Flush(Utf8JsonWriter writer)
    {
        writer.Flush();
        writer.Reset();
    }

    private static void Raw(ArrayBufferWriter<byte> output, ReadOnlySpan<byte> text) => output.Write(text);

    private static void ExpectObject(ref Utf8JsonReader reader, string path, string what)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new FlagFileException($"{path}: {what}: expected an object, found {Describe(reader.TokenType)}.");
        }
    }

    private static string Describe(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        _ => "null",
    };

    public static string PathOf(string section, string key) =>
        key.AsSpan().ContainsAny(AmbiguousInPaths) ? $"{section}['{key}']" : $"{section}.{key}";

    private static string Place(string path, int line) => line == 0 ? path : $"{path}, line {line}";

    // Our message begins with the position, counted from 1 as editors do; the runtime's, counted from 0, is cut off.
    private static string WithoutPosition(string message)
    {
        var at = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return at < 0 ? message : message[..at];
    }

    private ref struct LineCounter(ReadOnlySpan<byte> text)
    {
        private readonly ReadOnlySpan<byte> _text = text;
        private int _at;
        private int _line = 1;

        public int At(long position)
        {
            _line += _text[_at..(int)position].Count((byte)'\n');
            _at = (int)position;
            return _line;
        }
    }
}
