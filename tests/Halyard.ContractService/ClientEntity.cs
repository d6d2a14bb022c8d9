using System.Diagnostics;
using System.Text.Json;

namespace Halyard.ContractService;

/// <summary>One client that the harness made, and the commands it takes.</summary>
internal sealed class ClientEntity(Client client, Callbacks callbacks) : IAsyncDisposable
{
    /// <summary>Every command there is.</summary>
    public static readonly IReadOnlySet<string> Commands = new HashSet<string>
    {
        "evaluate", "evaluateAll", "identifyEvent", "customEvent", "flushEvents", "getBigSegmentStoreStatus", "secureModeHash",
        "contextBuild", "contextConvert", "contextComparison", "migrationVariation", "migrationOperation",
        "registerFlagChangeListener", "registerFlagValueChangeListener", "unregisterListener",
    };

    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, IDisposable> _listeners = [];

    /// <summary>Carries out a command.</summary>
    /// <returns>The answer's JSON; null for an empty answer.</returns>
    /// <exception cref="BadRequestException">The command is not known, or its parameters are wrong.</exception>
    public async ValueTask<string?> RunAsync(JsonElement body, CancellationToken cancellationToken)
    {
        var command = body.RequiredString("command");
        if (!Commands.Contains(command))
        {
            throw new BadRequestException($"there is no command '{command}'");
        }

        var parameters = command is "flushEvents" or "getBigSegmentStoreStatus" ? default : body.RequiredObject(command);
        switch (command)
        {
            case "flushEvents":
                await FlushAsync(cancellationToken);
                return null;
            case "getBigSegmentStoreStatus":
                var status = await client.BigSegmentStoreStatus.GetAsync(cancellationToken);
                return Json.Write(writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteBoolean("available", status.Available);
                    writer.WriteBoolean("stale", status.Stale);
                    writer.WriteEndObject();
                });
            case "evaluate":
                return Evaluate(parameters);
            case "evaluateAll":
                return EvaluateAll(parameters);
            case "identifyEvent":
                client.Identify(parameters.RequiredContext());
                return null;
            case "customEvent":
                Track(parameters);
                return null;
            case "secureModeHash":
                return Result(client.SecureModeHash(parameters.RequiredContext()));
            case "contextBuild":
                return ContextCommands.Build(parameters);
            case "contextConvert":
                return ContextCommands.Convert(parameters);
            case "contextComparison":
                return ContextCommands.Compare(parameters);
            case "migrationVariation":
                return Result(client.MigrationVariation(parameters.RequiredString("key"), parameters.RequiredContext(), Stage(parameters)).Stage.ToText());
            case "migrationOperation":
                return Result(await MigrateAsync(parameters, cancellationToken));
            case "registerFlagChangeListener":
                Listen(parameters.RequiredString("listenerId"), FlagListener(parameters));
                return null;
            case "registerFlagValueChangeListener":
                Listen(parameters.RequiredString("listenerId"), ValueListener(parameters));
                return null;
            case "unregisterListener":
                Listen(parameters.RequiredString("listenerId"), null);
                return null;
            default:
                throw new UnreachableException($"'{command}' is announced and does nothing");
        }
    }

    public async ValueTask DisposeAsync()
    {
        IDisposable[] listeners;
        lock (_gate)
        {
            listeners = [.. _listeners.Values];
            _listeners.Clear();
        }

        foreach (var listener in listeners)
        {
            listener.Dispose();
        }

        await client.DisposeAsync().AsTask().WaitAsync(CloseLimit);
    }

    private static MigrationStage Stage(JsonElement parameters) =>
        MigrationStages.TryParse(parameters.RequiredString("defaultStage"), out var stage)
            ? stage
            : throw new BadRequestException("'defaultStage' is no stage");

    private static string Result(string result) => Json.Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("result", result);
        writer.WriteEndObject();
    });

    private static EvaluationDetail<Value> Detail<T>(EvaluationDetail<T> detail, Func<T, Value> toValue) =>
        new(toValue(detail.Value), detail.VariationIndex, detail.Reason);

    private static EvaluationDetail<Value> Plain(Value value) => new(value, null, default);

    private string Evaluate(JsonElement parameters)
    {
        var key = parameters.RequiredString("flagKey");
        var context = parameters.RequiredContext();
        var isDetailed = parameters.Bool("detail");
        var fallback = parameters.Value("defaultValue");
        var detail = (parameters.String("valueType") ?? "any", isDetailed) switch
        {
            ("bool", false) => Plain(client.BoolVariation(key, context, fallback.AsBool)),
            ("bool", true) => Detail(client.BoolVariationDetail(key, context, fallback.AsBool), static v => v),
            ("int", false) => Plain(client.IntVariation(key, context, fallback.AsInt)),
            ("int", true) => Detail(client.IntVariationDetail(key, context, fallback.AsInt), static v => v),
            ("double", false) => Plain(client.DoubleVariation(key, context, fallback.AsDouble)),
            ("double", true) => Detail(client.DoubleVariationDetail(key, context, fallback.AsDouble), static v => v),
            ("string", false) => Plain(client.StringVariation(key, context, fallback.AsString!)),
            ("string", true) => Detail(client.StringVariationDetail(key, context, fallback.AsString!), static v => v),
            ("any", false) => Plain(client.JsonVariation(key, context, fallback)),
            ("any", true) => client.JsonVariationDetail(key, context, fallback),
            var (type, _) => throw new BadRequestException($"there is no value type '{type}'"),
        };
        return Json.Write(writer =>
        {
            writer.WriteStartObject();
            writer.Write("value", detail.Value);
            if (isDetailed)
            {
                writer.WriteDetail(detail);
            }

            writer.WriteEndObject();
        });
    }

    private string EvaluateAll(JsonElement parameters)
    {
        var options = (parameters.Bool("withReasons") ? AllFlagsOptions.WithReasons : 0)
            | (parameters.Bool("clientSideOnly") ? AllFlagsOptions.ClientSideOnly : 0)
            | (parameters.Bool("detailsOnlyForTrackedFlags") ? AllFlagsOptions.DetailsOnlyForTrackedFlags : 0);
        var state = client.AllFlagsState(parameters.RequiredContext(), options);
        return Json.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WritePropertyName("state");
            state.WriteTo(writer);
            writer.WriteEndObject();
        });
    }

    private void Track(JsonElement parameters)
    {
        var key = parameters.RequiredString("eventKey");
        var context = parameters.RequiredContext();
        var metric = parameters.Number("metricValue");
        if (!parameters.Has("data") && metric is null && parameters.Bool("omitNullData"))
        {
            client.Track(key, context);
        }
        else
        {
            client.Track(key, context, parameters.Value("data"), metric);
        }
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            await client.FlushAsync(cancellationToken).WaitAsync(FlushLimit, cancellationToken);
        }
        catch (TimeoutException)
        {
            // It goes on by itself, which is all that the command promises.
        }
    }

    private async ValueTask<string> MigrateAsync(JsonElement parameters, CancellationToken cancellationToken)
    {
        var key = parameters.RequiredString("key");
        var context = parameters.RequiredContext();
        var stage = Stage(parameters);
        var payload = parameters.String("payload");
        var old = parameters.Address("oldEndpoint") ?? throw new BadRequestException("'oldEndpoint' is missing");
        var @new = parameters.Address("newEndpoint") ?? throw new BadRequestException("'newEndpoint' is missing");
        var migration = new Migration<string?, string, string?, string>(client, new()
        {
            ReadOld = (input, stop) => callbacks.CallAsync(old, input, stop),
            ReadNew = (input, stop) => callbacks.CallAsync(@new, input, stop),
            WriteOld = (input, stop) => callbacks.CallAsync(old, input, stop),
            WriteNew = (input, stop) => callbacks.CallAsync(@new, input, stop),
            IsConsistent = parameters.Bool("trackConsistency") ? static (a, b) => a == b : null,
            TrackLatency = parameters.Bool("trackLatency"),
            TrackErrors = parameters.Bool("trackErrors"),
            ReadOrder = parameters.String("readExecutionOrder") switch
            {
                "serial" => MigrationReadOrder.Serial,
                "random" => MigrationReadOrder.Random,
                null or "concurrent" => MigrationReadOrder.Concurrent,
                var other => throw new BadRequestException($"there is no order '{other}'"),
            },
        });
        var result = parameters.RequiredString("operation") switch
        {
            "read" => await migration.ReadAsync(key, context, stage, payload, cancellationToken),
            "write" => (await migration.WriteAsync(key, context, stage, payload, cancellationToken)).Authoritative,
            var other => throw new BadRequestException($"there is no operation '{other}'"),
        };
        return result.IsSuccess ? result.Value! : result.Error.Message;
    }

    private Subscription FlagListener(JsonElement parameters)
    {
        var id = parameters.RequiredString("listenerId");
        var callback = parameters.Address("callbackUri") ?? throw new BadRequestException("'callbackUri' is missing");

        // Newer harnesses may ask for one flag; without a key, or with an empty one, it is all of them.
        var wanted = parameters.String("flagKey") is { Length: > 0 } flagKey ? flagKey : null;
        void OnChange(FlagChange change)
        {
            foreach (var key in change.Keys.Where(key => wanted is null || key == wanted))
            {
                callbacks.Post(callback, Json.Write(writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteString("listenerId", id);
                    writer.WriteString("flagKey", key);
                    writer.WriteEndObject();
                }));
            }
        }

        client.FlagChanges.Changed += OnChange;
        return new(() => client.FlagChanges.Changed -= OnChange);
    }

    private IDisposable ValueListener(JsonElement parameters)
    {
        var id = parameters.RequiredString("listenerId");
        var callback = parameters.Address("callbackUri") ?? throw new BadRequestException("'callbackUri' is missing");
        return client.TrackValue(
            parameters.RequiredString("flagKey"),
            parameters.RequiredContext(),
            change => callbacks.Post(callback, Json.Write(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("listenerId", id);
                writer.WriteString("flagKey", change.Key);
                writer.Write("oldValue", change.OldValue);
                writer.Write("newValue", change.NewValue);
                writer.WriteEndObject();
            })),
            parameters.Value("defaultValue"));
    }

    private void Listen(string id, IDisposable? listener)
    {
        IDisposable? before;
        lock (_gate)
        {
            _listeners.Remove(id, out before);
            if (listener is not null)
            {
                _listeners[id] = listener;
            }
        }

        before?.Dispose();
    }

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
