using System.Diagnostics.CodeAnalysis;
using Halyard.DataInterfaces;
using Halyard.Evaluation;

namespace Halyard.AllFlags;

/// <summary>The read of all flags at one moment.</summary>
/// <param name="reader">Has the data.</param>
/// <param name="context">What the flags are evaluated for.</param>
/// <param name="options">What the state tells.</param>
internal struct AllFlagsRead(FlagReader reader, Context context, AllFlagsOptions options) : IRead<AllFlagsState>
{
    private bool _hasLooked;
    private int _rounds;

    public static bool ReadsAll => true;

    public List<MissedItem>? Misses { get; private set; }

    public IBigSegmentSource? Memberships { get; set; } = reader.BigSegments;

    public bool TryAnswer([NotNullWhen(true)] out AllFlagsState? answer)
    {
        if (context is not { IsValid: true })
        {
            answer = AllFlagsState.Invalid;
            return true;
        }

        var lazy = reader.Lazy;
        if (lazy is not null && !_hasLooked)
        {
            _hasLooked = true;
            if (reader.IsOpen && !lazy.AllFresh)
            {
                // What is fetched now is evaluated as it is: with a TTL of zero it would count as outdated at once.
                answer = null;
                return false;
            }

            if (reader.IsOpen && lazy.FetchesOnDemand)
            {
                reader.Metrics.CountHit();
            }
        }

        var view = reader.Overrides.Over(reader.System);
        var hasData = lazy is null ? view.Data.Initialized : reader.IsOpen && (view.Data.Initialized || view.Data.Flags.Live.Count != 0);
        if (!hasData)
        {
            reader.NotReady();
        }

        answer = AllFlagsBuilder.Build(view, hasData, context, options, reader.Time.GetUtcNow(), Memberships, out var misses);
        Misses = misses;
        return misses is null || _rounds++ == IRead<AllFlagsState>.MaxEvaluationRounds;
    }

    public readonly AllFlagsState OnFailure(Exception e)
    {
        reader.LogFailure(null, e);
        return AllFlagsState.Invalid;
    }
}
