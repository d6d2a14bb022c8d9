using System.Collections.Immutable;

namespace Halyard.Lives.Foreign;

/// <summary>A hook that throws wherever it is called.</summary>
internal sealed class FaultyHook() : Hook("faulty")
{
    public override ImmutableDictionary<string, object> BeforeEvaluation(EvaluationSeriesContext context, ImmutableDictionary<string, object> data) =>
        throw new InvalidOperationException("Before.");

    public override ImmutableDictionary<string, object> AfterEvaluation(
        EvaluationSeriesContext context, ImmutableDictionary<string, object> data, EvaluationDetail<Value> detail) => throw new InvalidOperationException("After.");

    public override void AfterTrack(TrackSeriesContext context) => throw new InvalidOperationException("Track.");
}
