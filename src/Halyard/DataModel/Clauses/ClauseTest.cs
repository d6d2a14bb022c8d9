namespace Halyard.DataModel.Clauses;

/// <summary>
/// A clause's operator with its values prepared: sets, bounds, dates and versions are parsed once, so that testing
/// allocates nothing. Values of a type the operator does not take are dropped: they match nothing. Immutable.
/// </summary>
internal abstract class ClauseTest
{
    /// <summary>The operator that tests segments, not an attribute.</summary>
    public const string SegmentMatch = "segmentMatch";

    /// <summary>
    /// What is wrong with the operator or a value, for the loader of data to log once; null when nothing is. A
    /// faulty value matches nothing, it does not make the flag malformed.
    /// </summary>
    internal virtual string? Problem => null;

    /// <summary>Prepares a test; null for <c>segmentMatch</c>, which tests no attribute. An unknown operator matches nothing.</summary>
    public static ClauseTest? Prepare(string op, Value[] values)
    {
        ArgumentNullException.ThrowIfNull(op);
        ReadOnlySpan<Value> span = values;
        return op switch
        {
            "in" => InTest.Of(values),
            SegmentMatch => null,
            "startsWith" => new StartsWithTest(Strings(span)),
            "endsWith" => new EndsWithTest(Strings(span)),
            "contains" => new ContainsTest(Strings(span)),
            "matches" => new PatternTest(Strings(span), PatternTest.DefaultTimeLimit),
            "lessThan" => new LessThanTest(Bound(span, greatest: true)),
            "lessThanOrEqual" => new LessThanOrEqualTest(Bound(span, greatest: true)),
            "greaterThan" => new GreaterThanTest(Bound(span, greatest: false)),
            "greaterThanOrEqual" => new GreaterThanOrEqualTest(Bound(span, greatest: false)),
            "before" => BeforeTest.Of(span),
            "after" => AfterTest.Of(span),
            "semVerEqual" => VersionTest.Of(span, VersionTest.Order.Equal),
            "semVerLessThan" => VersionTest.Of(span, VersionTest.Order.Less),
            "semVerGreaterThan" => VersionTest.Of(span, VersionTest.Order.Greater),
            _ => new UnknownTest(op),
        };
    }

    /// <summary>Whether one attribute value (never an array) matches any of the clause's values.</summary>
    public abstract bool Matches(in Value value);

    private static string[] Strings(ReadOnlySpan<Value> values)
    {
        var count = 0;
        foreach (ref readonly var value in values)
        {
            count += value.AsString is null ? 0 : 1;
        }

        if (count == 0)
        {
            return [];
        }

        var strings = new string[count];
        var at = 0;
        foreach (ref readonly var value in values)
        {
            if (value.AsString is { } text)
            {
                strings[at++] = text;
            }
        }

        return strings;
    }

    // A number is less than one of the values exactly when it is less than the greatest. NaN stands for "no value",
    // because no comparison with it is true.
    private static double Bound(ReadOnlySpan<Value> values, bool greatest)
    {
        var bound = double.NaN;
        foreach (ref readonly var value in values)
        {
            if (value.IsNumber)
            {
                var number = value.AsDouble;
                bound = double.IsNaN(bound) ? number : greatest ? Math.Max(bound, number) : Math.Min(bound, number);
            }
        }

        return bound;
    }

    private sealed class UnknownTest(string op) : ClauseTest
    {
        internal override string Problem => $"unknown operator '{op}'";

        public override bool Matches(in Value value) => false;
    }

    private sealed class StartsWithTest(string[] prefixes) : ClauseTest
    {
        public override bool Matches(in Value value)
        {
            if (value.AsString is { } text)
            {
                foreach (var prefix in prefixes)
                {
                    if (text.StartsWith(prefix, StringComparison.Ordinal))
                    {
                        return true;
                    }
                }
            }

            return false;
        }
    }

    private sealed class EndsWithTest(string[] suffixes) : ClauseTest
    {
        public override bool Matches(in Value value)
        {
            if (value.AsString is { } text)
            {
                foreach (var suffix in suffixes)
                {
                    if (text.EndsWith(suffix, StringComparison.Ordinal))
                    {
                        return true;
                    }
                }
            }

            return false;
        }
    }

    private sealed class LessThanTest(double bound) : ClauseTest
    {
        public override bool Matches(in Value value) => value.IsNumber && value.AsDouble < bound;
    }

    private sealed class LessThanOrEqualTest(double bound) : ClauseTest
    {
        public override bool Matches(in Value value) => value.IsNumber && value.AsDouble <= bound;
    }

    private sealed class GreaterThanTest(double bound) : ClauseTest
    {
        public override bool Matches(in Value value) => value.IsNumber && value.AsDouble > bound;
    }

    private sealed class GreaterThanOrEqualTest(double bound) : ClauseTest
    {
        public override bool Matches(in Value value) => value.IsNumber && value.AsDouble >= bound;
    }

    private sealed class BeforeTest(Instant? latest, string? problem) : ClauseTest
    {
        internal override string? Problem => problem;

        public static BeforeTest Of(ReadOnlySpan<Value> values)
        {
            var latest = Instant.Extreme(values, sign: 1, out var problem);
            return new(latest, problem);
        }

        public override bool Matches(in Value value) =>
            latest is { } bound && Instant.TryOf(value, out var instant) && instant.CompareTo(bound) < 0;
    }

    private sealed class AfterTest(Instant? earliest, string? problem) : ClauseTest
    {
        internal override string? Problem => problem;

        public static AfterTest Of(ReadOnlySpan<Value> values)
        {
            var earliest = Instant.Extreme(values, sign: -1, out var problem);
            return new(earliest, problem);
        }

        public override bool Matches(in Value value) =>
            earliest is { } bound && Instant.TryOf(value, out var instant) && instant.CompareTo(bound) > 0;
    }
}
