using System.Buffers;
using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Spectre.Console;

namespace Halyard.Cli;

/// <summary><c>halyard status</c>: how a source is doing and what it holds.</summary>
internal static class StatusCommand
{
    // The marker is asked for before the items, and so is almost always answered before them.
    private static readonly TimeSpan MarkerPatience = TimeSpan.FromMilliseconds(500);

    // One source follows on the other at once; this is for a machine that is busy.
    private static readonly TimeSpan HandoverPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    public static Command Create(CliEnvironment environment)
    {
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var source = new SourceArguments(new StoreArguments());
        var command = new CliCommand("status", "Connect to a source or store and tell its state, the age of its data, its last error and what it holds.")
        {
            Examples =
            [
                ("halyard status --stream http://127.0.0.1:8765 --sdk-key any", "is the service there, and how many flags has it?"),
                ("halyard status --service http://127.0.0.1:8765 --sdk-key any", "which of the FDv2 sources is in use, and why the one before was left"),
                ("halyard status --redis localhost:6379 --prefix production --json", "has the store been filled?"),
            ],
            Notes =
            [
                "Exit codes:",
                "  0  the source gave data",
                "  2  the command line is wrong",
                "  3  the source cannot be reached or gave no data; the status says why",
                "",
                .. SecretText.Notes,
            ],
        };
        source.AddTo(command, withContext: false);
        command.Add(json);
        command.SetAction((result, cancellationToken) => RunAsync(environment, source, result, result.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        CliEnvironment environment, SourceArguments source, ParseResult arguments, bool asJson, CancellationToken cancellationToken)
    {
        using var hits = new CacheHits();
        var (name, options) = source.ReadSource(arguments, follow: false);
        await using var client = await source.OpenClientAsync(arguments, options, environment, cancellationToken);
        if (client.LazyLoadStatistics is { LastError: null })
        {
            await AwaitAsync(() => client.Initialized, MarkerPatience, environment, cancellationToken);
        }

        await AwaitAsync(
            () => client.DataSourceStatus.Current is { Active: null or { Name: not null } } or { State: DataSourceState.Off },
            HandoverPatience,
            environment,
            cancellationToken);

        var status = new SourceStatus(name, client, hits.Count, environment.TimeProvider.GetUtcNow());
        if (asJson)
        {
            environment.Output.WriteLine(status.ToJson());
        }
        else
        {
            environment.Console.Write(status.ToTable());
        }

        return SourceArguments.HasData(client) || client.Initialized
            ? ExitCode.Ok
            : throw new CliException(source.NoData(arguments, name, client), ExitCode.NoData);
    }

    private static async Task AwaitAsync(Func<bool> condition, TimeSpan patience, CliEnvironment environment, CancellationToken cancellationToken)
    {
        var started = environment.TimeProvider.GetTimestamp();
        while (!condition() && environment.TimeProvider.GetElapsedTime(started) < patience)
        {
            await Task.Delay(Look, environment.TimeProvider, cancellationToken);
        }
    }

    private sealed record SourceStatus(string Name, Client Client, long Hits, DateTimeOffset Now)
    {
        private readonly DataSourceStatus _status = Client.DataSourceStatus.Current;
        private readonly LazyLoadStatistics? _cache = Client.LazyLoadStatistics;
        private readonly DataSnapshot _data = Client.Store.Snapshot();

        public Table ToTable()
        {
            var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey).HideHeaders();
            table.AddColumns("", "");
            Row("source", $"{Name} ({Client.DataSystemName})");
            Row("state", $"{WatchTable.Name(_status.State)} {For(_status.StateSince)}");
            if (_status.Active is { } active)
            {
                Row("active source", $"{active.Name ?? "none"} {For(active.Since)}");
                Row("left before", active.PreviousName is { } left ? $"{left}: {active.LeftBecause}" : "none");
            }

            Row("age of data", _status.DataUpdatedAt is { } at ? WatchTable.Age(Now - at) : "no data");
            Row("last error", _status.LastError is { } error ? error.ToString() : "none");
            Row("complete", Client.Initialized ? "yes" : "no");
            Row("flags", Count(_data.AllFlags().Count));
            Row("segments", Count(_data.AllSegments().Count));
            if (_cache is { } cache)
            {
                Row("cache", $"{Hits} hits, {cache.Misses} misses, {cache.StaleServes} stale reads");
                Row("store", $"{cache.Fetches} fetches, {cache.Errors} errors");
            }

            return table;

            string For(DateTimeOffset since) => $"for {WatchTable.Age(Now - since)}, since {since.ToLocalTime():yyyy-MM-dd HH:mm:ss}";

            void Row(string name, string text) => table.AddRow(new Text(name, Color.Grey), new Text(text));
        }

        public string ToJson()
        {
            var buffer = new ArrayBufferWriter<byte>(1024);
            using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
            {
                writer.WriteStartObject();
                writer.WriteString("source"u8, Name);
                writer.WriteString("kind"u8, Client.DataSystemName);
                writer.WriteString("state"u8, WatchTable.Name(_status.State));
                writer.WriteString("since"u8, _status.StateSince);
                WriteActive(writer);
                if (_status.DataUpdatedAt is { } at)
                {
                    writer.WriteString("dataUpdatedAt"u8, at);
                    writer.WriteNumber("dataAgeSeconds"u8, Math.Round(Math.Max(0, (Now - at).TotalSeconds), 3));
                }
                else
                {
                    writer.WriteNull("dataUpdatedAt"u8);
                    writer.WriteNull("dataAgeSeconds"u8);
                }

                WriteError(writer);
                writer.WriteBoolean("complete"u8, Client.Initialized);
                writer.WriteNumber("flags"u8, _data.AllFlags().Count);
                writer.WriteNumber("segments"u8, _data.AllSegments().Count);
                if (_cache is { } cache)
                {
                    writer.WriteStartObject("cache"u8);
                    writer.WriteNumber("hits"u8, Hits);
                    writer.WriteNumber("misses"u8, cache.Misses);
                    writer.WriteNumber("staleServes"u8, cache.StaleServes);
                    writer.WriteNumber("fetches"u8, cache.Fetches);
                    writer.WriteNumber("errors"u8, cache.Errors);
                    writer.WriteEndObject();
                }

                writer.WriteEndObject();
            }

            return Encoding.UTF8.GetString(buffer.WrittenSpan);
        }

        private static string Count(int count) => count.ToString(CultureInfo.InvariantCulture);

        private void WriteActive(Utf8JsonWriter writer)
        {
            if (_status.Active is not { } active)
            {
                writer.WriteNull("active"u8);
                return;
            }

            writer.WriteStartObject("active"u8);
            writer.WriteString("name"u8, active.Name);
            writer.WriteString("since"u8, active.Since);
            writer.WriteString("previousName"u8, active.PreviousName);
            writer.WriteString("leftBecause"u8, active.LeftBecause);
            writer.WriteEndObject();
        }

        private void WriteError(Utf8JsonWriter writer)
        {
            if (_status.LastError is not { } error)
            {
                writer.WriteNull("lastError"u8);
                return;
            }

            writer.WriteStartObject("lastError"u8);
            writer.WriteString("kind"u8, error.Kind.ToString());
            if (error.StatusCode is { } code)
            {
                writer.WriteNumber("statusCode"u8, code);
            }

            writer.WriteString("message"u8, error.Message);
            writer.WriteString("time"u8, error.Time);
            writer.WriteEndObject();
        }
    }
}
