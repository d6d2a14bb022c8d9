using System.Collections.Immutable;

namespace Halyard;

/// <summary>
/// Code that runs around evaluations and after tracking: for tracing, logging, measuring. Registered by
/// <see cref="ClientOptions.Hooks"/>. Calls come on the thread that evaluates and make it wait, several at a time, so a
/// hook must be fast and thread-safe. A stage that throws is logged, once for each hook and stage, and changes neither
/// the evaluation nor other hooks.
/// </summary>
public abstract class Hook
{
    /// <summary>Makes a hook.</summary>
    /// <param name="name">The hook's name, for the log.</param>
    protected Hook(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
    }

    /// <summary>The hook's name, for the log.</summary>
    public string Name { get; }

    /// <summary>Runs before an evaluation; hooks run in the order of their registration.</summary>
    /// <param name="context">What is evaluated.</param>
    /// <param name="data">Empty.</param>
    /// <returns>What this hook's <see cref="AfterEvaluation"/> is to get for the same evaluation.</returns>
    public virtual ImmutableDictionary<string, object> BeforeEvaluation(
        EvaluationSeriesContext context, ImmutableDictionary<string, object> data) => data;

    /// <summary>Runs after an evaluation, even a failed one; hooks run in the reverse order of their registration.</summary>
    /// <param name="context">What was evaluated.</param>
    /// <param name="data">What this hook's <see cref="BeforeEvaluation"/> gave; empty if that failed.</param>
    /// <param name="detail">The result, as the caller gets it.</param>
    /// <returns>The data; for stages to come.</returns>
    public virtual ImmutableDictionary<string, object> AfterEvaluation(
        EvaluationSeriesContext context, ImmutableDictionary<string, object> data, EvaluationDetail<Value> detail) => data;

    /// <summary>Runs after an event was tracked; hooks run in the order of their registration.</summary>
    /// <param name="context">What was tracked.</param>
    public virtual void AfterTrack(TrackSeriesContext context)
    {
    }
}
