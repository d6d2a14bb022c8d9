using Halyard.AnalyticsEvents;
using Halyard.DataInterfaces;
using Halyard.Evaluation;
using Halyard.Model;

namespace Halyard;

/// <summary>The read of one flag that may have to fetch: items of Lazy Load, memberships of big segments, or both.</summary>
internal struct FlagRead : IRead<FlagAnswer>
{
    private readonly FlagReader _reader;
    private readonly string _key;
    private readonly Context _context;

    // Pushed data is the same in each round; of a store, if there is one, each round takes the newest snapshot.
    private readonly DataView _pushed;
    private readonly ILazyDataSystem? _lazy;

    // The read's one look at the clock: what was fetched for it stays fresh for it.
    private readonly long _now;

    private int _rounds;

    /// <summary>A read of pushed data with big segments.</summary>
    public FlagRead(FlagReader reader, string key, Context context, in DataView pushed)
    {
        _reader = reader;
        _key = key;
        _context = context;
        _pushed = pushed;
        Memberships = reader.BigSegments;
    }

    /// <summary>A read of items that are fetched as asked for.</summary>
    public FlagRead(FlagReader reader, string key, Context context, ILazyDataSystem lazy)
    {
        _reader = reader;
        _key = key;
        _context = context;
        _lazy = lazy;
        _now = lazy.Now;
        Memberships = reader.BigSegments;
    }

    public static bool ReadsAll => false;

    public List<MissedItem>? Misses { get; private set; }

    public IBigSegmentSource? Memberships { get; set; }

    /// <summary>Evaluates a flag over data that lacks nothing which could be fetched.</summary>
    public static FlagAnswer Evaluate(in DataView view, string key, Context context, EventRecord? record)
    {
        var scope = new EvaluationScope(view, record);
        return Evaluate(ref scope, key, context, record);
    }

    public bool TryAnswer(out FlagAnswer answer)
    {
        // Before the snapshot: once false, the snapshot is complete.
        var fetches = _reader.IsOpen && _lazy is { FetchesOnDemand: true };
        var events = _reader.Events;
        var record = events?.Rent();
        var scope = new EvaluationScope(_lazy is null ? _pushed : _reader.Overrides.Over(_lazy), record)
        {
            NotesMisses = fetches,
            Now = _now,
            BigSegments = Memberships,
        };
        answer = Evaluate(ref scope, _key, _context, record);
        Misses = scope.Misses;
        if (Misses is not null && _rounds++ < IRead<FlagAnswer>.MaxEvaluationRounds)
        {
            // The next round notes its prerequisites anew.
            events?.Return(record);
            return false;
        }

        if (_lazy is null)
        {
            return true;
        }

        if (_rounds == 0 && fetches)
        {
            // The first round lacked nothing: the cache alone has answered.
            _reader.Metrics.CountHit();
        }

        if (answer is { Flag: null, Result.Reason.ErrorKind: EvaluationErrorKind.FlagNotFound } && !_lazy.IsKnown(DataKind.Flag, _key))
        {
            // A store that could not be asked is not the same as a store that knows no such flag.
            answer = _reader.NotReady() with { Record = record };
        }

        return true;
    }

    public readonly FlagAnswer OnFailure(Exception e) => _reader.Failed(_key, e);

    private static FlagAnswer Evaluate(ref EvaluationScope scope, string key, Context context, EventRecord? record)
    {
        if (scope.GetFlag(key) is not { } flag)
        {
            return FlagAnswer.None(
                EvaluationReason.Error(
                    scope.Snapshot.IsMalformed(key) ? EvaluationErrorKind.MalformedFlag : EvaluationErrorKind.FlagNotFound),
                record);
        }

        var reason = Evaluator.Evaluate(flag, context, ref scope, out var variation);
        return new(new(variation, reason), flag, record);
    }
}
