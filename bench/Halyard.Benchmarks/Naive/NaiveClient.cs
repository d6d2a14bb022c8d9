using System.Text.Json;

namespace Halyard.Benchmarks.Naive;

/// <summary>
/// A flag client as one writes it in the first week: correct for the payloads of <c>bench/data</c> and simple. It stands
/// in the tables as what the same work costs without the effort.
/// </summary>
internal sealed class NaiveClient
{
    private readonly NaiveEvaluator _evaluator;

    public NaiveClient() => _evaluator = new(Store);

    public NaiveStore Store { get; } = new();

    public static NaiveClient With(string payload)
    {
        var client = new NaiveClient();
        client.Store.Init(payload);
        return client;
    }

    public bool BoolVariation(string key, NaiveContext context, bool defaultValue)
    {
        var detail = Detail(key, context);
        return detail.Value?.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => defaultValue,
        };
    }

    public NaiveDetail Detail(string key, NaiveContext context) =>
        Store.Flag(key) is { } flag ? _evaluator.Evaluate(flag, context) : new(null, null, "ERROR");

    public Dictionary<string, NaiveDetail> AllFlags(NaiveContext context) =>
        Store.Flags().ToDictionary(static flag => flag.Key, flag => _evaluator.Evaluate(flag, context));
}
