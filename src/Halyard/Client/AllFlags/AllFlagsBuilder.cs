using Halyard.DataInterfaces;
using Halyard.Evaluation;
using Halyard.Model;

namespace Halyard.AllFlags;

/// <summary>Evaluates every flag of one moment for one context.</summary>
internal static class AllFlagsBuilder
{
    private const int FirstLength = 16;

    /// <param name="view">The data and its overrides.</param>
    /// <param name="hasData">Whether there is data; without it the state tells the overridden flags alone, and is not valid.</param>
    /// <param name="context">What the flags are evaluated for.</param>
    /// <param name="options">What the state tells.</param>
    /// <param name="now">The time by which a debugging period is over.</param>
    /// <param name="bigSegments">Membership of big segments; null when none is configured.</param>
    /// <param name="misses">The memberships that have to be fetched before the result can be trusted; null when none.</param>
    public static AllFlagsState Build(
        in DataView view,
        bool hasData,
        Context context,
        AllFlagsOptions options,
        DateTimeOffset now,
        IBigSegmentSource? bigSegments,
        out List<MissedItem>? misses)
    {
        // The options are tested with bit operations: in code that is not yet optimized HasFlag allocates two objects a call.
        var overrides = view.Overrides?.Flags;
        var most = (hasData ? view.Data.Flags.Live.Count : 0) + (overrides?.Live.Count ?? 0);

        // Few flags are for front ends, as a rule: then the array grows with them.
        FlagState[] states = (options & (AllFlagsOptions.ClientSideOnly | AllFlagsOptions.MobileOnly)) == 0 ? new FlagState[most] : [];
        var count = 0;
        var collector = new DirectPrerequisites();
        var scope = new EvaluationScope(view, collector) { BigSegments = bigSegments };
        if (hasData)
        {
            foreach (var descriptor in view.Data.Flags)
            {
                if (Shows(descriptor, options) && overrides?.Find(descriptor.Key) is null)
                {
                    Next(ref states, count++) = Evaluate(descriptor, context, options, now, collector, ref scope);
                }
            }
        }

        if (overrides is not null)
        {
            foreach (var descriptor in overrides)
            {
                if (Shows(descriptor, options))
                {
                    Next(ref states, count++) = Evaluate(descriptor, context, options, now, collector, ref scope);
                }
            }
        }

        misses = scope.Misses;
        if (count != states.Length)
        {
            Array.Resize(ref states, count);
        }

        return new(states, hasData);
    }

    private static ref FlagState Next(ref FlagState[] states, int at)
    {
        if (at == states.Length)
        {
            Array.Resize(ref states, Math.Max(FirstLength, at * 2));
        }

        return ref states[at];
    }

    private static bool Shows(ItemDescriptor<Flag> descriptor, AllFlagsOptions options) =>
        descriptor.Item is { } flag
        && ((options & AllFlagsOptions.ClientSideOnly) == 0 || flag.IsVisibleToClientSide)
        && ((options & AllFlagsOptions.MobileOnly) == 0 || flag.IsVisibleToMobile);

    private static FlagState Evaluate(
        ItemDescriptor<Flag> descriptor,
        Context context,
        AllFlagsOptions options,
        DateTimeOffset now,
        DirectPrerequisites collector,
        ref EvaluationScope scope)
    {
        var flag = descriptor.Item!;
        collector.Start(flag);
        var result = Evaluator.Evaluate(flag, context, ref scope);
        return new(descriptor, result.VariationIndex, result.Reason, collector.Count, collector.OtherKeys(), PartsOf(flag, result.Reason, options, now));
    }

    private static FlagStateParts PartsOf(Flag flag, in EvaluationReason reason, AllFlagsOptions options, DateTimeOffset now)
    {
        var isExperiment = Experiments.Has(flag, reason);
        var isTracked = flag.TrackEvents || isExperiment;
        var parts = FlagStateParts.None;
        if (isTracked)
        {
            parts |= FlagStateParts.Track;
        }

        if (isExperiment)
        {
            parts |= FlagStateParts.TrackReason | FlagStateParts.Reason;
        }

        // A debugging period that is over is no reason to send details.
        var showsDetails = (options & AllFlagsOptions.DetailsOnlyForTrackedFlags) == 0
            || isTracked
            || flag.DebugEventsUntilDate > now.ToUnixTimeMilliseconds();
        if (showsDetails)
        {
            parts |= FlagStateParts.Version;
            if ((options & AllFlagsOptions.WithReasons) != 0)
            {
                parts |= FlagStateParts.Reason;
            }
        }

        return parts;
    }

    /// <summary>
    /// Tells which of the prerequisites that one flag itself names were evaluated. They are the first so many of them; only
    /// where one of them stands under another key than its own, or they are very many, are the keys noted.
    /// </summary>
    private sealed class DirectPrerequisites : IPrerequisiteListener
    {
        private Flag? _flag;
        private List<string>? _keys;

        /// <summary>How many were evaluated.</summary>
        public int Count { get; private set; }

        public void Start(Flag flag)
        {
            _flag = flag;
            Count = 0;
            _keys = null;
        }

        /// <summary>The keys of those evaluated; null when they are the keys that the flag names.</summary>
        public string[]? OtherKeys() => _keys?.ToArray();

        public void OnPrerequisite(Flag dependent, Flag prerequisite, in EvaluationResult result)
        {
            if (!ReferenceEquals(dependent, _flag))
            {
                return;
            }

            if (_keys is null && (Count == FlagState.MostCounted || dependent.Prerequisites[Count].Key != prerequisite.Key))
            {
                _keys = [.. dependent.Prerequisites.AsSpan()[..Count].ToArray().Select(static earlier => earlier.Key)];
            }

            _keys?.Add(prerequisite.Key);
            Count++;
        }
    }
}
