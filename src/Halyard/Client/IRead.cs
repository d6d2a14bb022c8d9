using System.Diagnostics.CodeAnalysis;
using Halyard.DataInterfaces;
using Halyard.Evaluation;

namespace Halyard;

/// <summary>
/// One read: what it asks for, what it has learned so far, and its evaluation. <see cref="FlagReader"/> has the drivers
/// that fetch what it lacks. Not thread-safe.
/// </summary>
internal interface IRead<TAnswer>
{
    /// <summary>
    /// How often one read may find something more to fetch: each round reaches one level of prerequisites or segments
    /// deeper. Data that changes under the reader can cost a round; a bound keeps any read finite.
    /// </summary>
    const int MaxEvaluationRounds = 100;

    /// <summary>Whether the read is about every flag, so that all it lacks is fetched at once.</summary>
    static abstract bool ReadsAll { get; }

    /// <summary>What the last evaluation lacked and is to be fetched; null when that is everything the store holds.</summary>
    List<MissedItem>? Misses { get; }

    /// <summary>What is known of big segments, with all that was fetched for this read; null when none are configured.</summary>
    IBigSegmentSource? Memberships { get; set; }

    /// <summary>Evaluates over what is at hand; false when something has to be fetched before the next call.</summary>
    bool TryAnswer([NotNullWhen(true)] out TAnswer? answer);

    /// <summary>Logs why the read failed, and gives what is answered instead.</summary>
    TAnswer OnFailure(Exception e);
}
