using System.Buffers;
using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Halyard.Model;

namespace Halyard.Cli;

/// <summary><c>halyard pull</c>: takes the flags of a source home as a flag file.</summary>
internal static class PullCommand
{
    private const int MostLines = 20;

    public static Command Create(CliEnvironment environment)
    {
        var source = new SourceArguments(new StoreArguments());
        var withoutTargeting = new Option<bool>("--without-targeting") { Description = "Leave out whom flags are served to: rules, targets, prerequisites, rollouts and segments. Every flag is off." };
        var command = new CliCommand("pull", "Print the flags and segments of a service, store or file as a flag file.")
        {
            Examples =
            [
                ("halyard pull --service https://flags.example.org > flags.json", "take an environment home, to serve or evaluate it here"),
                ("halyard pull --service https://flags.example.org --without-targeting > flags.json", "what Halyard.Generators needs, and nobody's key"),
                ("halyard pull --file flags.yaml > flags.json", "make JSON of YAML"),
            ],
            Notes =
            [
                "Rules, targets and segments name people: keep the file where the service's own data may be kept.",
                "",
                "Exit codes:",
                "  0  done",
                "  2  the command line is wrong",
                "  3  the source cannot be reached or gave no data; nothing is printed",
                "",
                .. SecretText.Notes,
            ],
        };
        source.AddTo(command, withContext: false);
        command.Add(withoutTargeting);
        command.SetAction(async (result, cancellationToken) =>
        {
            await using var client = await source.StartClientAsync(result, follow: false, environment, cancellationToken);
            await environment.Output.WriteLineAsync(FileOf(client.Store.Snapshot(), result.GetValue(withoutTargeting)).AsMemory(), cancellationToken);
            await TellLeftOutAsync(client, environment);
            return ExitCode.Ok;
        });
        return command;
    }

    // The file is whole without them to whoever reads it later.
    private static async Task TellLeftOutAsync(Client client, CliEnvironment environment)
    {
        var leftOut = client.DataSourceStatus.Current.Quarantined;
        foreach (var item in leftOut.Take(MostLines))
        {
            await environment.Error.WriteLineAsync($"warning: the {item.Kind.Noun()} {item.Key} is left out, as it cannot be understood: {item.Problem}");
        }

        if (client.DataSourceStatus.Current.QuarantinedCount - Math.Min(leftOut.Count, MostLines) is var more and > 0)
        {
            await environment.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"warning: {more} more are left out."));
        }
    }

    private static string FileOf(DataSnapshot data, bool withoutTargeting)
    {
        var json = new ArrayBufferWriter<byte>(64 * 1024);
        using (var writer = new Utf8JsonWriter(json, CliJson.Plain with { Indented = true }))
        {
            writer.WriteStartObject();
            WriteItems(writer, "flags", data.AllFlags(), withoutTargeting ? WriteShape : Write);
            if (!withoutTargeting)
            {
                WriteItems(writer, "segments", data.AllSegments(), Write);
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(json.WrittenSpan);
    }

    // In the order of their keys, so that two pulls of the same flags are the same text.
    private static void WriteItems<T>(Utf8JsonWriter writer, string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
        where T : ItemDescriptor
    {
        writer.WriteStartObject(name);
        foreach (var item in items.Where(static item => !item.IsTombstone).OrderBy(static item => item.Key, StringComparer.Ordinal))
        {
            writer.WritePropertyName(item.Key);
            write(writer, item);
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, ItemDescriptor item)
    {
        var json = item.ToUtf8Json();
        using var document = JsonDocument.Parse(json, ObjectText.AnyDepth);
        try
        {
            using var trial = new Utf8JsonWriter(Stream.Null, CliJson.Plain);
            document.RootElement.WriteTo(trial);
            document.RootElement.WriteTo(writer);
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, which the platform's writer refuses, stays as it stands, on one line.
            writer.WriteRawValue(json, skipInputValidation: true);
        }
    }

    private static void WriteShape(Utf8JsonWriter writer, ItemDescriptor<Flag> item)
    {
        var flag = item.Item!;
        writer.WriteStartObject();
        writer.WriteString("key"u8, flag.Key);
        writer.WriteNumber("version"u8, flag.Version);
        writer.WriteBoolean("on"u8, false);
        if (flag.OffVariation is { } off)
        {
            writer.WriteNumber("offVariation"u8, off);
        }

        writer.WriteStartArray("variations"u8);
        foreach (var variation in flag.Variations)
        {
            variation.WriteTo(writer);
        }

        writer.WriteEndArray();
        if (flag.ClientSideAvailability is { } seen)
        {
            writer.WriteStartObject("clientSideAvailability"u8);
            writer.WriteBoolean("usingMobileKey"u8, seen.UsingMobileKey);
            writer.WriteBoolean("usingEnvironmentId"u8, seen.UsingEnvironmentId);
            writer.WriteEndObject();
        }
        else if (flag.ClientSide)
        {
            writer.WriteBoolean("clientSide"u8, true);
        }

        writer.WriteEndObject();
    }
}
