using System.Collections.Immutable;
using System.Text.Json;

namespace Halyard.ContractService;

/// <summary>A hook that tells the harness of each stage, or fails as the harness wishes.</summary>
internal sealed class CallbackHook : Hook
{
    private readonly Uri _callback;
    private readonly Callbacks _callbacks;
    private readonly Dictionary<string, (string Name, Value Value)[]> _data = [];
    private readonly Dictionary<string, string> _errors = [];

    public CallbackHook(JsonElement given, Callbacks callbacks)
        : base(given.String("name") is { Length: > 0 } name ? name : throw new BadRequestException("a hook has no 'name'"))
    {
        _callback = given.Address("callbackUri") ?? throw new BadRequestException("a hook has no 'callbackUri'");
        _callbacks = callbacks;
        foreach (var stage in given.Object("data")?.EnumerateObject() ?? default)
        {
            if (stage.Value.ValueKind == JsonValueKind.Object)
            {
                _data[stage.Name] = [.. stage.Value.EnumerateObject().Select(p => (p.Name, Json.ToValue(p.Value)))];
            }
        }

        foreach (var stage in given.Object("errors")?.EnumerateObject() ?? default)
        {
            _errors[stage.Name] = stage.Value.ToString();
        }
    }

    public override ImmutableDictionary<string, object> BeforeEvaluation(
        EvaluationSeriesContext context, ImmutableDictionary<string, object> data) => Evaluation("beforeEvaluation", context, data, null);

    public override ImmutableDictionary<string, object> AfterEvaluation(
        EvaluationSeriesContext context, ImmutableDictionary<string, object> data, EvaluationDetail<Value> detail) =>
        Evaluation("afterEvaluation", context, data, detail);

    public override void AfterTrack(TrackSeriesContext context)
    {
        FailIfTold("afterTrack");
        _callbacks.Post(_callback, Json.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("stage", "afterTrack");
            writer.WriteStartObject("trackSeriesContext");
            writer.WriteString("key", context.Key);
            writer.Write("context", context.Context);
            if (context.Data is { } data)
            {
                writer.Write("data", data);
            }

            if (context.MetricValue is { } metric)
            {
                writer.WriteNumber("metricValue", metric);
            }

            WriteEnvironment(writer, context.EnvironmentId);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }));
    }

    private static void WriteEnvironment(Utf8JsonWriter writer, string? id)
    {
        if (id is not null)
        {
            writer.WriteString("environmentId", id);
        }
    }

    private ImmutableDictionary<string, object> Evaluation(
        string stage, EvaluationSeriesContext context, ImmutableDictionary<string, object> data, EvaluationDetail<Value>? detail)
    {
        FailIfTold(stage);
        _callbacks.Post(_callback, Json.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("stage", stage);
            writer.WriteStartObject("evaluationSeriesContext");
            writer.WriteString("flagKey", context.FlagKey);
            writer.Write("context", context.Context);
            writer.Write("defaultValue", context.DefaultValue);
            writer.WriteString("method", context.Method);
            WriteEnvironment(writer, context.EnvironmentId);
            writer.WriteEndObject();
            writer.WriteStartObject("evaluationSeriesData");
            foreach (var (name, value) in data)
            {
                writer.Write(name, (Value)value);
            }

            writer.WriteEndObject();
            if (detail is { } given)
            {
                writer.WriteStartObject("evaluationDetail");
                writer.Write("value", given.Value);
                writer.WriteDetail(given);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }));
        foreach (var (name, value) in _data.GetValueOrDefault(stage) ?? [])
        {
            data = data.SetItem(name, value);
        }

        return data;
    }

    private void FailIfTold(string stage)
    {
        if (_errors.TryGetValue(stage, out var message))
        {
            throw new InvalidOperationException(message);
        }
    }
}
