using System.Buffers;
using System.Text.Json;
using Halyard.Model;

namespace Halyard.Cli;

/// <summary>A change could not be written to the flag file; the message says why.</summary>
internal sealed class WriteBackException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>
/// Writes changes into the JSON files that the items came from: of an item only the properties that changed. The rest
/// of a file keeps its content, though not its comments or layout; a file is replaced as a whole, so that no reader
/// sees half of it.
/// </summary>
internal sealed class FileWriteBack
{
    private static readonly JsonDocumentOptions ReadOptions = ObjectText.AnyDepth with { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
    private static readonly JsonWriterOptions WriteOptions = CliJson.Plain with { Indented = true };

    private readonly IReadOnlyList<string> _paths;

    /// <exception cref="CliException">A file is not JSON by its name.</exception>
    public FileWriteBack(IReadOnlyList<string> paths)
    {
        if (paths.Count == 0)
        {
            throw new CliException("--write-back needs flag files: there is nothing else that changes could be written to.", ExitCode.Usage);
        }

        if (paths.FirstOrDefault(static path => !path.EndsWith(".json", StringComparison.OrdinalIgnoreCase)) is { } other)
        {
            throw new CliException($"--write-back needs .json files; it cannot write {other}.", ExitCode.Usage);
        }

        _paths = paths;
    }

    /// <summary>Puts an item into the file that holds its key, or else into the first; a tombstone takes it out.</summary>
    /// <param name="held">The item before; null or a tombstone when there was none.</param>
    /// <param name="item">The item now.</param>
    /// <exception cref="WriteBackException">A file could not be read or written.</exception>
    public void Write(RepositoryItem? held, RepositoryItem item)
    {
        try
        {
            var (section, shorthand) = item.Kind == DataKind.Flag ? ("flags", "flagValues") : ("segments", null);
            var target = _paths.FirstOrDefault(path => Holds(path, section, item.Key) || Holds(path, shorthand, item.Key));
            if (target is not null || !item.IsTombstone)
            {
                Rewrite(target ?? _paths[0], section, shorthand, held, item);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or InsufficientExecutionStackException)
        {
            throw new WriteBackException($"The change was refused, as it cannot be written to the file: {exception.Message}", exception);
        }
    }

    private static bool Holds(string path, string? section, string key)
    {
        using var document = JsonDocument.Parse(Read(path), ReadOptions);
        return section is not null
            && document.RootElement.TryGetProperty(section, out var items)
            && items.ValueKind == JsonValueKind.Object
            && items.TryGetProperty(key, out _);
    }

    private static void Rewrite(string path, string section, string? shorthand, RepositoryItem? held, RepositoryItem item)
    {
        using var document = JsonDocument.Parse(Read(path), ReadOptions);
        var buffer = new ArrayBufferWriter<byte>(64 * 1024);
        using (var writer = new Utf8JsonWriter(buffer, WriteOptions))
        {
            writer.WriteStartObject();
            var written = false;
            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (member.Value.ValueKind == JsonValueKind.Object && (member.NameEquals(section) || member.NameEquals(shorthand)))
                {
                    writer.WritePropertyName(member.Name);
                    WriteSection(writer, member.Value, held, item, add: member.NameEquals(section));
                    written |= member.NameEquals(section);
                }
                else if (!member.NameEquals(section))
                {
                    member.WriteTo(writer);
                }
            }

            if (!written)
            {
                writer.WritePropertyName(section);
                WriteSection(writer, default, held, item, add: true);
            }

            writer.WriteEndObject();
        }

        buffer.Write("\n"u8);
        Replace(path, buffer.WrittenSpan);
    }

    private static void WriteSection(Utf8JsonWriter writer, JsonElement items, RepositoryItem? held, RepositoryItem item, bool add)
    {
        writer.WriteStartObject();
        var pending = add ? item.Json : null;
        if (items.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in items.EnumerateObject())
            {
                if (!member.NameEquals(item.Key))
                {
                    member.WriteTo(writer);
                }
                else if (pending is not null)
                {
                    writer.WritePropertyName(item.Key);
                    WriteChanges(writer, member.Value, held?.Json, pending);
                    pending = null;
                }
            }
        }

        if (pending is not null)
        {
            using var document = JsonDocument.Parse(pending, ReadOptions);
            writer.WritePropertyName(item.Key);
            document.RootElement.WriteTo(writer);
        }

        writer.WriteEndObject();
    }

    // A file leaves out what an item need not say (its version, empty lists); a change of something else leaves it so.
    private static void WriteChanges(Utf8JsonWriter writer, JsonElement inFile, byte[]? held, byte[] now)
    {
        using var before = JsonDocument.Parse(held ?? "{}"u8.ToArray(), ReadOptions);
        using var after = JsonDocument.Parse(now, ReadOptions);
        writer.WriteStartObject();
        foreach (var property in inFile.EnumerateObject())
        {
            var isNow = after.RootElement.TryGetProperty(property.Name, out var value);
            if (!Differs(property.Name, before, after))
            {
                property.WriteTo(writer);
            }
            else if (isNow)
            {
                writer.WritePropertyName(property.Name);
                value.WriteTo(writer);
            }
        }

        foreach (var property in after.RootElement.EnumerateObject())
        {
            if (!inFile.TryGetProperty(property.Name, out _) && !property.NameEquals("version"u8) && Differs(property.Name, before, after))
            {
                property.WriteTo(writer);
            }
        }

        writer.WriteEndObject();
    }

    private static bool Differs(string name, JsonDocument before, JsonDocument after)
    {
        var was = before.RootElement.TryGetProperty(name, out var old);
        var isNow = after.RootElement.TryGetProperty(name, out var value);
        return was != isNow || (was && !JsonElement.DeepEquals(old, value));
    }

    private static byte[] Read(string path) => FileKinds.Of(path) == FileKind.Special
        ? throw new IOException($"'{path}' is not read: {FileKinds.SpecialProblem}.")
        : File.ReadAllBytes(path);

    // The file that a symbolic link leads to is replaced, not the link.
    private static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        var temporary = Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}.tmp");
        try
        {
            // With the file's own rights from the beginning: what few may read must not be open to all for a moment.
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = File.GetUnixFileMode(target);
            }

            using (var file = new FileStream(temporary, options))
            {
                file.Write(content);
                if (options.UnixCreateMode is { } mode && !OperatingSystem.IsWindows())
                {
                    // The process's mask may have taken rights away.
                    File.SetUnixFileMode(file.SafeFileHandle, mode);
                }
            }

            File.Move(temporary, target, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
