using System.Buffers;
using System.Text.Json;
using Halyard.Model;
using Microsoft.Extensions.Logging;

namespace Halyard.Cli;

/// <summary>
/// Keeps the overrides and the served versions of all environments in one JSON file, which its owner alone may read and which is
/// replaced as a whole. Thread-safe.
/// </summary>
internal sealed class StateFile : IAsyncDisposable
{
    private const int LargestFile = 64 * 1024 * 1024;

    // What says that a file is one of these, and which form it has.
    private const string Marker = "halyardState";
    private const int Form = 1;

    private readonly StateLock _lock;
    private readonly Lock _writing = new();
    private readonly string _path;
    private readonly ILogger _logger;
    private readonly Dictionary<string, EnvironmentState> _environments = new(StringComparer.Ordinal);

    // Whether a save in the background is to come. Changed with Interlocked alone.
    private int _isPending;
    private volatile Task _saving = Task.CompletedTask;

    /// <exception cref="CliException">The file is there and cannot be read, or is no such file, or another process has it.</exception>
    public StateFile(string path, IEnumerable<string> environments, ILogger logger)
    {
        (_path, _logger) = (path, logger);
        foreach (var name in environments)
        {
            _environments[name] = new(Save);
        }

        if (FileKinds.Of(path) == FileKind.Special)
        {
            throw new CliException($"--state: {path} cannot be used: {FileKinds.SpecialProblem}.", ExitCode.Usage);
        }

        _lock = new StateLock(path);
        try
        {
            if (File.Exists(path))
            {
                Load();
            }
        }
        catch
        {
            _lock.Dispose();
            throw;
        }
    }

    /// <summary>What is kept of an environment.</summary>
    public EnvironmentState Of(string environment) => _environments[environment];

    public async ValueTask DisposeAsync()
    {
        await _saving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _lock.Dispose();
    }

    private void Load()
    {
        try
        {
            using var document = JsonDocument.Parse(CliFiles.ReadText(_path, LargestFile), ObjectText.AnyDepth);
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty(Marker, out var form) || form.ValueKind != JsonValueKind.Number)
            {
                throw new FormatException($"It is no state of halyard serve, which has \"{Marker}\".");
            }

            if (!form.TryGetInt32(out var number) || number != Form)
            {
                throw new FormatException($"Its form, {form.GetRawText()}, is not the one known here.");
            }

            foreach (var environment in document.RootElement.GetProperty("environments"u8).EnumerateObject())
            {
                // One that is not served now is kept for the next time.
                if (!_environments.TryGetValue(environment.Name, out var state))
                {
                    state = _environments[environment.Name] = new(Save);
                }

                state.Load(
                    Items(environment.Value, "overrides").Select(static item => ItemOverride.Read(item.Kind, item.Key, ItemJson.Text(item.Value))),
                    Items(environment.Value, "versions").Select(static item => ((item.Kind, item.Key), item.Value.GetInt64())));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException
            or KeyNotFoundException or InvalidOperationException or FormatException or MalformedDataException)
        {
            throw new CliException($"--state: {_path} cannot be read: {exception.Message} It is left as it is; name another, or move it away.", ExitCode.Usage, exception);
        }
    }

    private static IEnumerable<(DataKind Kind, string Key, JsonElement Value)> Items(JsonElement environment, string part) =>
        from kind in new[] { DataKind.Flag, DataKind.Segment }
        from item in environment.GetProperty(part).GetProperty(kind.Noun() + "s").EnumerateObject()
        select (kind, item.Name, item.Value);

    /// <param name="now">Whether to save before this returns, and to throw when that fails.</param>
    private void Save(bool now)
    {
        if (now)
        {
            try
            {
                Write();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new WriteBackException($"The change was refused, as it cannot be kept in the state: {exception.Message}", exception);
            }
        }
        else if (Interlocked.Exchange(ref _isPending, 1) == 0)
        {
            _saving = Task.Run(() =>
            {
                Interlocked.Exchange(ref _isPending, 0);
                try
                {
                    Write();
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    ServeLog.StateNotSaved(_logger, _path, exception.Message);
                }
            });
        }
    }

    private void Write()
    {
        lock (_writing)
        {
            var buffer = new ArrayBufferWriter<byte>(4096);
            using (var writer = new Utf8JsonWriter(buffer, CliJson.Plain with { Indented = true }))
            {
                writer.WriteStartObject();
                writer.WriteNumber(Marker, Form);
                writer.WriteStartObject("environments"u8);
                foreach (var (name, state) in _environments)
                {
                    writer.WriteStartObject(name);
                    WriteItems(writer, "overrides", state.Overrides, static (writer, made) => made.WriteTo(writer));
                    WriteItems(writer, "versions", state.Versions, static (writer, version) => writer.WriteNumberValue(version));
                    writer.WriteEndObject();
                }

                writer.WriteEndObject();
                writer.WriteEndObject();
            }

            Replace(buffer.WrittenSpan);
        }
    }

    private static void WriteItems<T>(
        Utf8JsonWriter writer, string part, IReadOnlyDictionary<(DataKind Kind, string Key), T> items, Action<Utf8JsonWriter, T> write)
    {
        writer.WriteStartObject(part);
        foreach (var kind in new[] { DataKind.Flag, DataKind.Segment })
        {
            writer.WriteStartObject(kind.Noun() + "s");
            foreach (var (id, item) in items.Where(item => item.Key.Kind == kind))
            {
                writer.WritePropertyName(id.Key);
                write(writer, item);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private void Replace(ReadOnlySpan<byte> content)
    {
        var full = Path.GetFullPath(_path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        var temporary = full + "." + Guid.NewGuid().ToString("N") + ".tmp";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (var file = new FileStream(temporary, options))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
