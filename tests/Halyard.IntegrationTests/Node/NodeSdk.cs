using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Halyard.Evaluation;
using Halyard.IntegrationTests.Support;

namespace Halyard.IntegrationTests;

/// <summary>Where the Node SDK takes flag data from.</summary>
public enum NodeSdkMode
{
    /// <summary>From a service, by a stream; into Redis if there is one.</summary>
    Streaming,

    /// <summary>From a service, by polling; into Redis if there is one.</summary>
    Polling,

    /// <summary>From Redis alone.</summary>
    Daemon,

    /// <summary>From a service as its makers recommend: a first poll, then a stream with polling in reserve. In FDv2 only.</summary>
    Standard,
}

/// <summary>What is asked of the Node SDK.</summary>
/// <param name="Mode">Where data comes from.</param>
/// <param name="Questions">Flag keys and contexts (as JSON), answered in this order.</param>
internal sealed record NodeSdkTask(NodeSdkMode Mode, IReadOnlyList<(string Flag, string Context)> Questions)
{
    public Uri? BaseUri { get; init; }

    /// <summary>Whether the service is spoken to in FDv2.</summary>
    public bool Newer { get; init; }

    /// <summary>What a flag must be, as JSON, before the questions are answered.</summary>
    public (string Flag, string Context, string Value)? Until { get; init; }

    /// <summary>Called once the SDK has its first data; not if it fails before.</summary>
    public Action WhenReady { get; init; } = static () => { };

    public string SdkKey { get; init; } = "sdk-test";

    public int? RedisPort { get; init; }

    public string? RedisPrefix { get; init; }
}

/// <summary>An answer; a default has no variation and the value null.</summary>
internal sealed record NodeSdkAnswer(string Flag, JsonNode? Value, int? VariationIndex, JsonObject Reason)
{
    /// <summary>Value, variation and reason in one canonical line, to be compared with <see cref="Describe"/>'s.</summary>
    public override string ToString() => Line(Flag, Value, VariationIndex, Reason);

    /// <summary>The same line for Halyard's own answer.</summary>
    public static string Describe(string flag, EvaluationDetail<Value> detail)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            EvaluationReasonText.Write(writer, detail.Reason);
        }

        var value = detail.VariationIndex is null ? null : JsonNode.Parse(detail.Value.ToString());
        return Line(flag, value, detail.VariationIndex, JsonNode.Parse(stream.ToArray())!.AsObject());
    }

    private static string Line(string flag, JsonNode? value, int? variation, JsonObject reason)
    {
        // The order of a reason's members, and members that say no more than their absence, make no difference.
        var members = reason.Where(m => m.Value is not null && m.Value.ToJsonString() != "false")
            .OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => m.Key + "=" + m.Value!.ToJsonString());
        return $"{flag}: {Canonical(value)} #{variation} {string.Join(' ', members)}";
    }

    private static string Canonical(JsonNode? node) => node switch
    {
        null => "null",
        JsonObject o => "{" + string.Join(',', o.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => m.Key + ":" + Canonical(m.Value))) + "}",
        JsonArray a => "[" + string.Join(',', a.Select(Canonical)) + "]",
        _ when node.GetValueKind() == JsonValueKind.Number => node.Deserialize<double>().ToString("R"),
        _ when node.GetValueKind() == JsonValueKind.String => "'" + node.GetValue<string>() + "'",
        _ => node.ToJsonString(),
    };
}

/// <summary>Another SDK of the same family, run as a program of its own, to compare with.</summary>
internal static class NodeSdk
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static async Task<IReadOnlyList<NodeSdkAnswer>> RunAsync(NodeSdkTask task, CancellationToken cancellationToken)
    {
        var modules = Repository.PathOf(".tools", "node");
        if (!Directory.Exists(Path.Combine(modules, "node_modules", "@launchdarkly", "node-server-sdk-redis")))
        {
            throw new DirectoryNotFoundException("The Node SDK is missing. Install it: eng/install-test-servers (npm packages of eng/node).");
        }

        var start = new ProcessStartInfo("node", [Repository.PathOf("tests", "Halyard.IntegrationTests", "Node", "evaluate.cjs")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.StandardInput.WriteAsync(ToJson(task, modules).AsMemory(), cancellationToken);
            process.StandardInput.Close();
            var ready = await process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(Limit, cancellationToken);
            if (ready is not null)
            {
                task.WhenReady();
            }

            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken).WaitAsync(Limit, cancellationToken);
            if (process.ExitCode != 0)
            {
                throw new InvalidOperationException($"The Node SDK ended with code {process.ExitCode}:\n{await errors}");
            }

            var answers = (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse).ToArray();
            return answers.Length == task.Questions.Count
                ? answers
                : throw new InvalidOperationException($"The Node SDK gave {answers.Length} answers to {task.Questions.Count} questions:\n{await errors}");
        }
        catch
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }

            throw;
        }
    }

    private static NodeSdkAnswer Parse(string line)
    {
        var answer = JsonNode.Parse(line)!.AsObject();
        return new((string)answer["flag"]!, answer["value"]?.DeepClone(), (int?)answer["variationIndex"], answer["reason"]!.DeepClone().AsObject());
    }

    private static string ToJson(NodeSdkTask task, string modules)
    {
        var json = new JsonObject
        {
            ["modules"] = modules,
            ["mode"] = task.Mode.ToString().ToLowerInvariant(),
            ["baseUri"] = task.BaseUri?.AbsoluteUri.TrimEnd('/'),
            ["sdkKey"] = task.SdkKey,
            ["newer"] = task.Newer,
            ["questions"] = new JsonArray(
                [.. task.Questions.Select(q => new JsonObject { ["flag"] = q.Flag, ["context"] = JsonNode.Parse(q.Context) })]),
        };
        if (task.Until is var (flag, context, value))
        {
            json["until"] = new JsonObject { ["flag"] = flag, ["context"] = JsonNode.Parse(context), ["value"] = JsonNode.Parse(value) };
        }

        if (task.RedisPort is { } port)
        {
            json["redis"] = new JsonObject { ["port"] = port, ["prefix"] = task.RedisPrefix };
        }

        return json.ToJsonString();
    }
}
