using System.Text;
using CsCheck;
using Halyard.DataModel.Json.Reading;
using Halyard.Model;

namespace Halyard.Tests.Support;

/// <summary>
/// Random values, contexts, flags and segments. Keys and kinds come from small sets, so that targets hit, clauses
/// match and prerequisites exist often enough. What is made agrees with itself the way data from JSON does: an
/// attribute beside a context kind is a path, otherwise a plain name.
/// </summary>
internal static class Generators
{
    private static readonly string[] FlagKeys = ["flag-a", "flag-b", "flag.c", "flag/d", "flag e", "f\"lag"];
    private static readonly string[] SegmentKeys = ["segment-a", "segment-b", "segment.c"];
    private static readonly string[] ContextKeys = ["key-1", "key-2", "key:3", "key%4", "ключ", "🗝"];
    private static readonly string[] Kinds = ["user", "org", "device", "a.b_c-d"];
    private static readonly string[] Names = ["email", "country", "age", "groups", "address", "/slash", "a~b", "größe"];
    private static readonly string[] Paths = ["email", "key", "name", "kind", "anonymous", "/address/street", "/a~1b/c~0d", "//", "/x~2", "/"];
    private static readonly string[] Operators =
    [
        "in", "startsWith", "endsWith", "contains", "matches", "lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual",
        "before", "after", "semVerEqual", "semVerLessThan", "semVerGreaterThan", "segmentMatch", "someNewOperator", "",
    ];

    /// <summary>Text with whatever JSON has to escape, and beyond the basic plane.</summary>
    public static Gen<string> Text { get; } =
        Gen.OneOf(
            Gen.String[Gen.Char.AlphaNumeric, 0, 12],
            Gen.OneOf("", "2024-01-02T03:04:05Z", "1.2.3", "^a.*b$", "line\nbreak\t\"quoted\" \\ /", "\u0000\u001f\u007f\u2028", "<&+'>", "żółć", "😀x"));

    /// <summary>Numbers, among them integers that a double cannot carry.</summary>
    public static Gen<Value> Number { get; } =
        Gen.OneOf(
            Gen.Int[-10, 1000].Select(number => (Value)number),
            Gen.Double.Select(number => (Value)number),
            Gen.Long.Select(number => (Value)number));

    /// <summary>null, booleans, numbers and strings.</summary>
    public static Gen<Value> Scalar { get; } =
        Gen.Frequency(
            (1, Gen.Const(Halyard.Value.Null)),
            (2, Gen.Bool.Select(flag => (Value)flag)),
            (3, Number),
            (4, Text.Select(text => (Value)text)));

    /// <summary>Any JSON value.</summary>
    public static Gen<Value> Value { get; } = ValueOfDepth(3);

    /// <summary>A valid single context.</summary>
    public static Gen<Context> SingleContext { get; } = SingleContextOf(Gen.OneOf(Kinds));

    /// <summary>A valid context: single, or of several kinds.</summary>
    public static Gen<Context> Context { get; } =
        Gen.OneOf(
            SingleContext,
            Gen.Select(SingleContextOf(Gen.Const("user")), SingleContextOf(Gen.Const("org")), SingleContextOf(Gen.Const("device")))
                .Select((user, org, device) => Halyard.Context.Multi(device, user, org)));

    private static Gen<UnknownProperties?> Unknown { get; } =
        Gen.Frequency(
            (6, Gen.Const((UnknownProperties?)null)),
            (1, Value.Select(value => (UnknownProperties?)new UnknownProperties(
                [new("someNewProperty", Encoding.UTF8.GetBytes(JsonText.Of(value))), new("andOne\"More", "[1.50,{\"a\":null}]"u8.ToArray())]))));

    private static Gen<string?> OptionalKind { get; } = Gen.OneOf<string?>([null, .. Kinds]);

    private static Gen<KeySet> Keys { get; } = Gen.OneOf(ContextKeys).Array[0, 8].Select(keys => KeySet.Of(keys));

    private static Gen<WeightedVariation> Share { get; } =
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 100_000], Gen.Bool, Unknown)
            .Select((variation, weight, untracked, unknown) => new WeightedVariation(variation, weight, untracked) { Unknown = unknown });

    private static Gen<Rollout> Rollout { get; } =
        Gen.Select(Gen.OneOf(RolloutKind.Rollout, RolloutKind.Experiment), OptionalKind, Gen.OneOf<string?>([null, .. Paths]),
                Gen.Long.Nullable(), Share.Array[0, 4], Unknown)
            .Select((kind, contextKind, bucketBy, seed, shares, unknown) => new Rollout
            {
                Kind = kind,
                ContextKind = contextKind,
                BucketBy = Reference(bucketBy, contextKind),
                Seed = seed,
                Variations = [.. shares],
                Unknown = unknown,
            });

    private static Gen<(int? Variation, Rollout? Rollout)> Serve { get; } =
        Gen.OneOf(
            Gen.Int[-1, 3].Select(variation => ((int?)variation, (Rollout?)null)),
            Rollout.Select(rollout => ((int?)null, (Rollout?)rollout)),
            Gen.Const(((int?)null, (Rollout?)null)));

    /// <summary>A clause of any operator, unknown ones included.</summary>
    public static Gen<Clause> Clause { get; } =
        Gen.Select(OptionalKind, Gen.OneOf<string?>([null, .. Paths]), Gen.OneOf(Operators), Scalar.Array[0, 4], Gen.Bool, Unknown)
            .Select((kind, attribute, op, values, negate, unknown) => new Clause(
                kind, Reference(attribute, kind), op,
                op == "segmentMatch" ? [.. values.Select((_, i) => (Value)SegmentKeys[i % SegmentKeys.Length])] : [.. values],
                negate, unknown));

    private static Gen<Target> Target { get; } =
        Gen.Select(OptionalKind, Gen.Int[0, 3], Keys, Unknown)
            .Select((kind, variation, keys, unknown) => new Target { ContextKind = kind, Variation = variation, Values = keys, Unknown = unknown });

    private static Gen<Prerequisite> Prerequisite { get; } =
        Gen.Select(Gen.OneOf(FlagKeys), Gen.Int[0, 3], Unknown)
            .Select((key, variation, unknown) => new Prerequisite { Key = key, Variation = variation, Unknown = unknown });

    private static Gen<Rule> Rule { get; } =
        Gen.Select(Text, Clause.Array[0, 3], Serve, Gen.Bool, Unknown)
            .Select((id, clauses, serve, track, unknown) => new Rule
            {
                Id = id,
                Clauses = [.. clauses],
                Serve = new(serve.Variation, serve.Rollout),
                TrackEvents = track,
                Unknown = unknown,
            });

    /// <summary>A flag; its key is one of a few.</summary>
    public static Gen<Flag> Flag { get; } =
        Gen.Select(
                Gen.Select(Gen.OneOf(FlagKeys), Gen.Long[0, long.MaxValue], Gen.Bool, Prerequisite.Array[0, 2], Target.Array[0, 2], Target.Array[0, 2]),
                Gen.Select(Rule.Array[0, 3], Serve, Gen.Int[-1, 3].Nullable(), Value.Array[0, 4], Text, Gen.Bool),
                Gen.Select(Gen.Bool, Gen.Long.Nullable(), Gen.Bool, Gen.Select(Gen.Bool, Gen.Bool, Unknown), Gen.Long[0, 100].Nullable(), Gen.Bool),
                Gen.Select(Gen.Long[0, 100].Nullable(), Gen.Bool, Gen.Bool, Unknown))
            .Select((head, body, reporting, rest) => new Flag
            {
                Key = head.Item1,
                Version = head.Item2,
                On = head.Item3,
                Prerequisites = [.. head.Item4],
                Targets = [.. head.Item5],
                ContextTargets = [.. head.Item6],
                Rules = [.. body.Item1],
                Fallthrough = new(body.Item2.Variation, body.Item2.Rollout) { Unknown = rest.Item4 },
                OffVariation = body.Item3,
                Variations = [.. body.Item4],
                Salt = body.Item5,
                TrackEvents = body.Item6,
                TrackEventsFallthrough = reporting.Item1,
                DebugEventsUntilDate = reporting.Item2,
                ClientSide = reporting.Item3,
                ClientSideAvailability = rest.Item2
                    ? new() { UsingMobileKey = reporting.Item4.Item1, UsingEnvironmentId = reporting.Item4.Item2, Unknown = reporting.Item4.Item3 }
                    : null,
                SamplingRatio = reporting.Item5,
                ExcludeFromSummaries = reporting.Item6,
                Migration = rest.Item3 ? new() { CheckRatio = rest.Item1, Unknown = reporting.Item4.Item3 } : null,
                Unknown = rest.Item4,
            });

    private static Gen<SegmentTarget> SegmentTarget { get; } =
        Gen.Select(OptionalKind, Keys, Unknown)
            .Select((kind, keys, unknown) => new SegmentTarget { ContextKind = kind, Values = keys, Unknown = unknown });

    private static Gen<SegmentRule> SegmentRule { get; } =
        Gen.Select(Text, Clause.Array[0, 3], Gen.Int[0, 100_000].Nullable(), OptionalKind, Gen.OneOf<string?>([null, .. Paths]), Unknown)
            .Select((id, clauses, weight, kind, bucketBy, unknown) => new SegmentRule
            {
                Id = id,
                Clauses = [.. clauses],
                Weight = weight,
                RolloutContextKind = kind,
                BucketBy = Reference(bucketBy, kind),
                Unknown = unknown,
            });

    /// <summary>A segment; its key is one of a few.</summary>
    public static Gen<Segment> Segment { get; } =
        Gen.Select(
                Gen.Select(Gen.OneOf(SegmentKeys), Gen.Long[0, long.MaxValue], Keys, Keys, SegmentTarget.Array[0, 2], SegmentTarget.Array[0, 2]),
                Gen.Select(SegmentRule.Array[0, 3], Text, Gen.Bool, OptionalKind, Gen.Long.Nullable(), Unknown))
            .Select((head, body) => new Segment
            {
                Key = head.Item1,
                Version = head.Item2,
                Included = head.Item3,
                Excluded = head.Item4,
                IncludedContexts = [.. head.Item5],
                ExcludedContexts = [.. head.Item6],
                Rules = [.. body.Item1],
                Salt = body.Item2,
                Unbounded = body.Item3,
                UnboundedContextKind = body.Item4,
                Generation = body.Item5,
                Unknown = body.Item6,
            });

    /// <summary>A flag, a segment, or the tombstone of either.</summary>
    public static Gen<ItemDescriptor> Item { get; } =
        Gen.Frequency(
            (4, Flag.Select(flag => (ItemDescriptor)ItemDescriptor<Flag>.Of(flag.Key, flag.Version, flag))),
            (4, Segment.Select(segment => (ItemDescriptor)ItemDescriptor<Segment>.Of(segment.Key, segment.Version, segment))),
            (1, Gen.Select(Gen.OneOf(FlagKeys), Gen.Long[0, 100]).Select((key, version) => ItemDescriptor.Tombstone(DataKind.Flag, key, version))),
            (1, Gen.Select(Gen.OneOf(SegmentKeys), Gen.Long[0, 100]).Select((key, version) => ItemDescriptor.Tombstone(DataKind.Segment, key, version))));

    /// <summary>A data set with unique keys.</summary>
    public static Gen<DataSet> DataSet { get; } =
        Item.Array[0, 12].Select(items => new DataSet(
            [.. items.OfType<ItemDescriptor<Flag>>().DistinctBy(item => item.Key)],
            [.. items.OfType<ItemDescriptor<Segment>>().DistinctBy(item => item.Key)]));

    private static AttributeReference? Reference(string? text, string? kind) =>
        text is null ? null : kind is null ? AttributeReference.Literal(text) : AttributeReference.Parse(text);

    private static Gen<Value> ValueOfDepth(int depth) => depth == 0
        ? Scalar
        : Gen.Frequency(
            (4, Scalar),
            (1, ValueOfDepth(depth - 1).Array[0, 4].Select(elements => Halyard.Value.Array(elements))),
            (1, Gen.Select(Text, ValueOfDepth(depth - 1)).Array[0, 4].Select(members =>
                Halyard.Value.Object(members.Select(member => KeyValuePair.Create(member.Item1, member.Item2))))));

    private static Gen<Context> SingleContextOf(Gen<string> kind) =>
        Gen.Select(kind, Gen.OneOf(ContextKeys), Text.Null(), Gen.Bool,
                Gen.Select(Gen.OneOf(Names), Value).Array[0, 5], Gen.OneOf(Paths).Array[0, 2])
            .Select((contextKind, key, name, anonymous, attributes, references) =>
            {
                var builder = Halyard.Context.Builder(key).Kind(contextKind).Name(name).Anonymous(anonymous).Private(references);
                foreach (var (attribute, value) in attributes)
                {
                    builder.Set(attribute, value);
                }

                return builder.Build();
            });
}
