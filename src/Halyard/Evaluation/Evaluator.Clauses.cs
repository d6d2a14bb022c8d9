using Halyard.DataModel.Clauses;
using Halyard.Model;

namespace Halyard.Evaluation;

// Clauses and segments.
internal static partial class Evaluator
{
    private enum Match : byte
    {
        No,
        Yes,
        Malformed,
    }

    private static Match MatchAll(ClauseList clauses, Context context, ref EvaluationScope scope)
    {
        if (clauses.Single is { } only)
        {
            return MatchOne(only, context, ref scope);
        }

        foreach (var clause in clauses.Several)
        {
            var match = MatchOne(clause, context, ref scope);
            if (match != Match.Yes)
            {
                return match;
            }
        }

        return Match.Yes;
    }

    private static Match MatchOne(Clause clause, Context context, ref EvaluationScope scope) => clause.Way switch
    {
        ClauseWay.Value => MatchValue(clause, context),
        ClauseWay.Segments => MatchSegments(clause, context, ref scope),
        ClauseWay.Pattern => MatchPattern(clause, (PatternTest)clause.Test!, context, ref scope),
        ClauseWay.Kinds => Of(MatchesKind(clause.Test!, context) != clause.Negate),
        _ => Match.Malformed,
    };

    private static Match MatchValue(Clause clause, Context context)
    {
        // A missing attribute never matches, negated or not.
        if (context.OfKind(clause.ContextKind) is not { } individual || !individual.TryGetValue(clause.Attribute!, out var value))
        {
            return Match.No;
        }

        var matches = value.AsString is null && value.Kind == ValueKind.Array
            ? MatchesAnyOf(clause.Test!, value.Elements)
            : clause.Test!.Matches(value);
        return Of(matches != clause.Negate);
    }

    private static Match MatchPattern(Clause clause, PatternTest pattern, Context context, ref EvaluationScope scope)
    {
        if (Clause.IsKind(clause.Attribute!))
        {
            return SearchKinds(pattern, clause.Negate, context, ref scope);
        }

        if (context.OfKind(clause.ContextKind) is not { } individual || !individual.TryGetValue(clause.Attribute!, out var value))
        {
            return Match.No;
        }

        var found = value.AsString is null && value.Kind == ValueKind.Array
            ? SearchAny(pattern, value.Elements, ref scope)
            : pattern.Search(value, ref scope.Searches);
        return Of(found, clause.Negate);
    }

    private static Match Of(bool matches) => matches ? Match.Yes : Match.No;

    private static bool MatchesKind(ClauseTest test, Context context)
    {
        if (!context.IsMulti)
        {
            return test.Matches(Value.Of(context.Kind));
        }

        foreach (var member in context.MemberSpan)
        {
            if (test.Matches(Value.Of(member.Kind)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool MatchesAnyOf(ClauseTest test, ReadOnlySpan<Value> elements)
    {
        foreach (ref readonly var element in elements)
        {
            if (test.Matches(element))
            {
                return true;
            }
        }

        return false;
    }

    private static Match SearchKinds(PatternTest pattern, bool negate, Context context, ref EvaluationScope scope)
    {
        if (!context.IsMulti)
        {
            return Of(pattern.Search(Value.Of(context.Kind), ref scope.Searches), negate);
        }

        var found = SearchResult.No;
        foreach (var member in context.MemberSpan)
        {
            if (Add(pattern.Search(Value.Of(member.Kind), ref scope.Searches), ref found))
            {
                break;
            }
        }

        return Of(found, negate);
    }

    private static SearchResult SearchAny(PatternTest pattern, ReadOnlySpan<Value> elements, ref EvaluationScope scope)
    {
        var found = SearchResult.No;
        foreach (ref readonly var element in elements)
        {
            if (Add(pattern.Search(element, ref scope.Searches), ref found))
            {
                break;
            }
        }

        return found;
    }

    // Whether the answer is known by now.
    private static bool Add(SearchResult result, ref SearchResult found)
    {
        found = result == SearchResult.No ? found : result;
        return result == SearchResult.Yes;
    }

    // Where the time ran out the answer is not known, and the clause does not match, negated or not.
    private static Match Of(SearchResult found, bool negate) =>
        found == SearchResult.RanOut ? Match.No : Of((found == SearchResult.Yes) != negate);

    private static Match MatchSegments(Clause clause, Context context, ref EvaluationScope scope)
    {
        foreach (ref readonly var value in clause.Values.AsSpan())
        {
            if (value.AsString is { } key && scope.GetSegment(key) is { } segment)
            {
                var match = MatchSegment(segment, context, ref scope);
                if (match == Match.Malformed)
                {
                    return match;
                }

                if (match == Match.Yes)
                {
                    return Of(!clause.Negate);
                }
            }
        }

        return Of(clause.Negate);
    }

    private static Match MatchSegment(Segment segment, Context context, ref EvaluationScope scope)
    {
        if (!scope.Path.TryEnterSegment(segment.Key))
        {
            return Match.Malformed;
        }

        var listed = segment.Unbounded ? IsMember(segment, context, ref scope) : IsListed(segment, context);
        var match = listed is { } found ? Of(found) : MatchAnyRule(segment, context, ref scope);
        scope.Path.LeaveSegment(segment.Key);
        return match;
    }

    /// <summary>In (true), out (false), or in none of the lists (null).</summary>
    private static bool? IsListed(Segment segment, Context context)
    {
        var user = context.OfKind(Context.DefaultKind)?.Key;
        if ((user is not null && segment.Included.Contains(user)) || IsAmong(segment.IncludedContexts.AsSpan(), context))
        {
            return true;
        }

        if ((user is not null && segment.Excluded.Contains(user)) || IsAmong(segment.ExcludedContexts.AsSpan(), context))
        {
            return false;
        }

        return null;
    }

    private static bool IsAmong(ReadOnlySpan<SegmentTarget> targets, Context context)
    {
        foreach (var target in targets)
        {
            if (context.OfKind(target.ContextKind) is { } individual && target.Values.Contains(individual.Key))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>In (true), out (false), or not listed (null), as the external store says.</summary>
    private static bool? IsMember(Segment segment, Context context, ref EvaluationScope scope)
    {
        if (segment.Generation is null)
        {
            // Without a generation the store cannot be asked: the segment is not configured yet.
            scope.NoteBigSegments(BigSegmentsStatus.NotConfigured);
            return false;
        }

        return context.OfKind(segment.UnboundedContextKind) is { } individual ? scope.IsMember(individual.Key, segment) : false;
    }

    private static Match MatchAnyRule(Segment segment, Context context, ref EvaluationScope scope)
    {
        foreach (var rule in segment.Rules.AsSpan())
        {
            var match = MatchAll(rule.ClauseList, context, ref scope);
            if (match == Match.Yes)
            {
                match = MatchShare(rule, segment, context);
            }

            if (match != Match.No)
            {
                return match;
            }
        }

        return Match.No;
    }

    private static Match MatchShare(SegmentRule rule, Segment segment, Context context)
    {
        if (rule.Weight is not { } weight)
        {
            return Match.Yes;
        }

        if (rule.BucketBy is { IsValid: false })
        {
            return Match.Malformed;
        }

        // Who has no context of that kind is in bucket 0, as in a rollout: in any share that is not empty.
        var individual = context.OfKind(rule.RolloutContextKind);
        var bucket = individual is null ? 0 : Bucket(null, segment.Key, segment.Salt, individual, rule.BucketBy);
        return Of(bucket < weight / Bucketing.TotalWeight);
    }
}
