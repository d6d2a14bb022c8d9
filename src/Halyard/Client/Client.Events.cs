using Halyard.AnalyticsEvents;
using Halyard.Evaluation;

namespace Halyard;

// Analytics: what the application reports, and what its evaluations report. Without events each of these costs one null check.
public sealed partial class Client
{
    /// <summary>Tells the service of a context and its attributes. Does nothing when events are off, and before the start.</summary>
    public void Identify(Context context) => _events?.Identify(context);

    /// <summary>Tells the service that something of the application's own happened, for experiments' metrics. No event is recorded when events are off, and before the start.</summary>
    /// <param name="name">The event's name, as a metric knows it.</param>
    /// <param name="context">For whom it happened.</param>
    /// <param name="data">Anything more about it; null for nothing.</param>
    /// <param name="metricValue">A number that a metric averages or sums up; null for none.</param>
    /// <exception cref="ArgumentNullException">The name is null; an empty one is sent as it is.</exception>
    public void Track(string name, Context context, Value data = default, double? metricValue = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        _events?.Track(name, context, data, metricValue);
        _hooks?.AfterTrack(new(name, context, data.IsNull ? default(Value?) : data, metricValue, EnvironmentId));
    }

    /// <summary>Begins to deliver all events up to now, without waiting. Does nothing when events are off.</summary>
    public void Flush() => _ = _events?.FlushAsync();

    /// <summary>Delivers all events up to now, and waits for it.</summary>
    /// <returns>Whether all were delivered; true when there were none, or events are off.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled; the delivery goes on.</exception>
    public Task<bool> FlushAsync(CancellationToken cancellationToken = default) =>
        _events is null ? Task.FromResult(true) : _events.FlushAsync().WaitAsync(cancellationToken);

    /// <summary>A value that is not reported to analytics.</summary>
    internal Value Peek(string key, Context context, Value defaultValue)
    {
        var answer = _reader.Read(key, context);
        _events?.Return(answer.Record);
        return Detail<Value, JsonType>(answer.Result, answer.Flag, defaultValue).Value;
    }

    private EvaluationDetail<T> Report<T, TType>(
        string key, Context context, in FlagAnswer answer, T defaultValue, bool wantsReason)
        where TType : struct, IVariationType<T>
    {
        var detail = Detail<T, TType>(answer.Result, answer.Flag, defaultValue);
        if (_events is not null)
        {
            Report<T, TType>(_events, key, context, answer, detail, defaultValue, wantsReason);
        }

        return detail;
    }

    private static void Report<T, TType>(
        EventProcessor events, string key, Context context, in FlagAnswer answer, in EvaluationDetail<T> detail, T defaultValue, bool wantsReason)
        where TType : struct, IVariationType<T>
    {
        if (context is not { IsValid: true } || string.IsNullOrEmpty(key))
        {
            events.Return(answer.Record);
            return;
        }

        var fallback = TType.ToValue(defaultValue);
        var variation = detail.VariationIndex ?? EvaluationResult.None;

        // The variation itself, not what a typed read made of it.
        var value = variation < 0 ? fallback : answer.Flag!.Variations.ItemRef(variation);
        events.Evaluated(answer.Record, key, context, answer.Flag, variation, value, fallback, detail.Reason, wantsReason);
    }
}
