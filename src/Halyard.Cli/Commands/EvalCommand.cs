using System.Buffers;
using System.CommandLine;
using System.Text;
using System.Text.Json;
using Halyard.Model;

namespace Halyard.Cli;

/// <summary><c>halyard eval</c>: what one flag, or every flag, gives for one context.</summary>
internal static class EvalCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var flag = new Argument<string?>("flag") { Description = "The flag; all flags without it.", Arity = ArgumentArity.ZeroOrOne };
        var json = new Option<bool>("--json") { Description = "Print JSON: an object for one flag, an object by flag key for all." };
        var source = new SourceArguments(new StoreArguments());
        var command = new CliCommand("eval", "Evaluate one flag or all flags for a context: value, variation and reason.")
        {
            Examples =
            [
                ("halyard eval --file samples/flags.json --key u-ada", "all flags of a file for a user"),
                ("halyard eval winter-sale --file samples/flags.json --context '{\"kind\":\"org\",\"key\":\"o-1\"}' --json", "one flag as JSON"),
                ("halyard eval --stream http://127.0.0.1:8765 --sdk-key any --context @context.json", "from a running server, for the context in a file"),
                ("halyard eval --file samples/flags.json --override mine.yaml --key u-ada", "with flags of one's own laid over them"),
                ("halyard eval --redis localhost:6379 --key u-ada", "from a persistent store"),
            ],
            Notes =
            [
                "Exit codes:",
                "  0  evaluated",
                "  1  a flag could not be evaluated, for example because there is no such flag",
                "  2  the command line is wrong",
                "  3  the source cannot be reached or gave no data",
                "",
                .. SecretText.Notes,
            ],
        };
        command.AddArgument(flag);
        source.AddTo(command, withContext: true);
        command.Add(json);
        command.SetAction((result, cancellationToken) =>
            RunAsync(environment, source, result, result.GetValue(flag), result.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        CliEnvironment environment, SourceArguments source, ParseResult arguments, string? flag, bool asJson, CancellationToken cancellationToken)
    {
        var context = source.ReadContext(arguments);
        await using var client = await source.StartClientAsync(arguments, follow: false, environment, cancellationToken);
        var all = FlagReading.All(client, context);
        if (flag is null)
        {
            return Print(environment, [.. all.Values], asJson, single: false);
        }

        if (all.TryGetValue(flag, out var reading))
        {
            return Print(environment, [reading], asJson, single: true);
        }

        var malformed = client.DataSourceStatus.Current.Quarantined.FirstOrDefault(item => item.Kind == DataKind.Flag && item.Key == flag);
        if (asJson)
        {
            var error = malformed is null ? EvaluationErrorKind.FlagNotFound : EvaluationErrorKind.MalformedFlag;
            Print(environment, [new(flag, 0, Value.Null, null, EvaluationReason.Error(error))], asJson, single: true);
        }

        if (malformed is not null)
        {
            throw new CliException($"The flag \"{flag}\" cannot be understood. {malformed.Problem}");
        }

        var similar = Similar.To(flag, all.Keys);
        throw new CliException($"There is no flag \"{flag}\"." + (similar is null ? "" : $" Did you mean \"{similar}\"?"));
    }

    private static int Print(CliEnvironment environment, IReadOnlyList<FlagReading> readings, bool asJson, bool single)
    {
        if (asJson)
        {
            environment.Output.WriteLine(ToJson(readings, single));
        }
        else
        {
            environment.Console.Write(FlagTable.Of(readings));
        }

        var failed = readings.Where(static reading => reading.Reason.Kind == EvaluationReasonKind.Error).ToList();
        if (failed.Count == 0)
        {
            return ExitCode.Ok;
        }

        if (!asJson || !single)
        {
            environment.Error.WriteLine($"error: Not evaluated: {string.Join(", ", failed.Select(static reading => $"{reading.Key} {reading.Reason}"))}");
        }

        return ExitCode.Error;
    }

    private static string ToJson(IReadOnlyList<FlagReading> readings, bool single)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, MaxDepth = int.MaxValue }))
        {
            if (single)
            {
                readings[0].Write(writer);
            }
            else
            {
                writer.WriteStartObject();
                foreach (var reading in readings)
                {
                    writer.WritePropertyName(reading.Key);
                    reading.Write(writer);
                }

                writer.WriteEndObject();
            }
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
