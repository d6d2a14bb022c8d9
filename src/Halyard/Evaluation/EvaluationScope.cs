using Halyard.DataInterfaces;
using Halyard.DataModel.Clauses;
using Halyard.Model;

namespace Halyard.Evaluation;

/// <summary>
/// What one evaluation reads and leaves behind. It reads one snapshot, with what is laid over it, and never waits: an item that the snapshot
/// lacks, or holds past its time, is noted in <see cref="Misses"/>, for Lazy Load to fetch and evaluate again.
/// </summary>
internal ref struct EvaluationScope
{
    /// <summary>The flags and segments being evaluated.</summary>
    internal EvaluationPath Path;

    /// <summary>What the searches by slow regular expressions have taken.</summary>
    internal SearchTime Searches;

    private MembershipCache _memberships;

    // A listener given here and not by an initializer spares a copy of the whole scope.
    public EvaluationScope(DataSnapshot snapshot, IPrerequisiteListener? prerequisites = null)
    {
        Snapshot = snapshot;
        Prerequisites = prerequisites;
    }

    /// <summary>A scope of data with what is laid over it.</summary>
    public EvaluationScope(in DataView view, IPrerequisiteListener? prerequisites = null)
    {
        Snapshot = view.Data;
        Overrides = view.Overrides;
        Prerequisites = prerequisites;
    }

    /// <summary>A scope of Lazy Load, which notes what is absent or outdated.</summary>
    public EvaluationScope(DataSnapshot snapshot, long now)
    {
        Snapshot = snapshot;
        NotesMisses = true;
        Now = now;
    }

    public DataSnapshot Snapshot { get; }

    /// <summary>What stands in place of items of the snapshot, which are not looked at then; null for nothing.</summary>
    public DataSnapshot? Overrides { get; }

    /// <summary>Whether absent and outdated items are noted (Lazy Load); pushed data is complete by definition.</summary>
    public bool NotesMisses { get; init; }

    /// <summary>The <see cref="TimeProvider"/> timestamp that freshness is judged by; used only with <see cref="NotesMisses"/>.</summary>
    public long Now { get; init; }

    /// <summary>Membership of big segments; null when none is configured.</summary>
    public IBigSegmentSource? BigSegments { get; init; }

    /// <summary>Told of each prerequisite evaluated, in order; null when nobody asks.</summary>
    public IPrerequisiteListener? Prerequisites { get; init; }

    /// <summary>What has to be fetched before the result can be trusted; null when nothing.</summary>
    public List<MissedItem>? Misses { get; private set; }

    /// <summary>The worst status of the big segments that the evaluation asked for.</summary>
    public BigSegmentsStatus BigSegmentsStatus { get; private set; }

    /// <summary>
    /// Starts an evaluation. A scope may serve several flags for one context, one after another: misses add up, and
    /// what is known of big segments stays known.
    /// </summary>
    public void Begin()
    {
        Path.Clear();
        Searches = default;
        BigSegmentsStatus = BigSegmentsStatus.None;
    }

    /// <summary>Looks up a flag; null when absent or deleted.</summary>
    public Flag? GetFlag(string key)
    {
        if (Overrides?.Flags.Find(key) is { } overriding)
        {
            return overriding.Item;
        }

        var item = Snapshot.Flags.Find(key);
        if (NotesMisses)
        {
            if (item is null || item.FreshUntil <= Now)
            {
                NoteMiss(new(MissKind.Flag, key));
            }
            else if (!item.Touched)
            {
                item.Touched = true;
            }
        }

        return item?.Item;
    }

    /// <summary>Looks up a segment; null when absent or deleted.</summary>
    public Segment? GetSegment(string key)
    {
        if (Overrides?.Segments.Find(key) is { } overriding)
        {
            return overriding.Item;
        }

        var item = Snapshot.Segments.Find(key);
        if (NotesMisses)
        {
            if (item is null || item.FreshUntil <= Now)
            {
                NoteMiss(new(MissKind.Segment, key));
            }
            else if (!item.Touched)
            {
                item.Touched = true;
            }
        }

        return item?.Item;
    }

    /// <summary>
    /// Whether a big segment lists a context: in (true), out (false), or not listed (null). A membership that has to
    /// be fetched first is noted as a miss and reads as out; the result is then preliminary.
    /// </summary>
    public bool? IsMember(string contextKey, Segment segment)
    {
        var known = _memberships.Get(contextKey, BigSegments);
        if (known.Pending)
        {
            NoteMiss(new(MissKind.BigSegmentMembership, contextKey));
            return false;
        }

        NoteBigSegments(known.Status);
        try
        {
            return known.Membership?.Contains(segment.MembershipReference);
        }
        catch (Exception)
        {
            // The membership is an application's own type.
            NoteBigSegments(BigSegmentsStatus.StoreError);
            return null;
        }
    }

    /// <summary>Notes the status of a big segment; the worst one is reported.</summary>
    public void NoteBigSegments(BigSegmentsStatus status)
    {
        // The statuses are declared from good to bad.
        if (status > BigSegmentsStatus)
        {
            BigSegmentsStatus = status;
        }
    }

    public void NoteMiss(MissedItem miss)
    {
        // Mostly it is one: what a read lacks it learns level by level.
        Misses ??= new(1);
        if (!Misses.Contains(miss))
        {
            Misses.Add(miss);
        }
    }
}
