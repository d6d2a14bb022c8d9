namespace Halyard.Evaluation;

/// <summary>The membership of contexts in big segments, as far as it is at hand.</summary>
internal interface IBigSegmentSource
{
    /// <summary>Gives the membership that is cached; false when it has to be fetched first.</summary>
    bool TryGet(string contextKey, out BigSegmentsStatus status, out IBigSegmentMembership? membership);
}
