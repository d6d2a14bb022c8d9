using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using Halyard.DataModel.Clauses;
using Halyard.DataModel.Json.Reading;
using Halyard.Model;

namespace Halyard.DataModel.Json.Writing;

/// <summary>
/// Writes flags and segments as JSON, without loss of what <see cref="ModelReader"/> read. Members that every peer
/// expects (lists, switches, the salt) are always written, since some read the JSON without a default; the others
/// only where they say something.
/// </summary>
internal static class ModelWriter
{
    /// <summary>Writes an item; a tombstone as <c>{"key":...,"version":N,"deleted":true}</c>, which every SDK understands in a store.</summary>
    public static void Write(Utf8JsonWriter writer, ItemDescriptor item)
    {
        switch (item)
        {
            case ItemDescriptor<Flag> { Item: { } flag }:
                WriteFlag(writer, flag);
                break;
            case ItemDescriptor<Segment> { Item: { } segment }:
                WriteSegment(writer, segment);
                break;
            default:
                writer.WriteStartObject();
                writer.WriteString("key"u8, item.Key);
                writer.WriteNumber("version"u8, item.Version);
                writer.WriteBoolean("deleted"u8, true);
                writer.WriteEndObject();
                break;
        }
    }

    /// <summary>An item as a store holds it.</summary>
    public static byte[] ToUtf8(ItemDescriptor item)
    {
        var text = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(text, JsonText.Plain))
        {
            Write(writer, item);
        }

        return text.WrittenSpan.ToArray();
    }

    /// <summary>Writes <c>{"flags":{...},"segments":{...}}</c> with live items and tombstones.</summary>
    /// <param name="writer">The writer.</param>
    /// <param name="dataSet">The items.</param>
    /// <param name="writeFirst">Writes members of its own before them; readers of data sets skip those that they do not know.</param>
    public static void Write(Utf8JsonWriter writer, DataSet dataSet, Action<Utf8JsonWriter>? writeFirst = null)
    {
        writer.WriteStartObject();
        writeFirst?.Invoke(writer);
        writer.WriteStartObject("flags"u8);
        foreach (var flag in dataSet.Flags)
        {
            writer.WritePropertyName(flag.Key);
            Write(writer, flag);
        }

        writer.WriteEndObject();
        writer.WriteStartObject("segments"u8);
        foreach (var segment in dataSet.Segments)
        {
            writer.WritePropertyName(segment.Key);
            Write(writer, segment);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteFlag(Utf8JsonWriter writer, Flag flag)
    {
        writer.WriteStartObject();
        writer.WriteString("key"u8, flag.Key);
        writer.WriteNumber("version"u8, flag.Version);
        writer.WriteBoolean("on"u8, flag.On);
        WriteArray(writer, "prerequisites"u8, flag.Prerequisites, WritePrerequisite);
        WriteArray(writer, "targets"u8, flag.Targets, WriteTarget);
        WriteArray(writer, "contextTargets"u8, flag.ContextTargets, WriteTarget);
        WriteArray(writer, "rules"u8, flag.Rules, WriteRule);
        writer.WriteStartObject("fallthrough"u8);
        WriteServe(writer, flag.Fallthrough);
        WriteUnknown(writer, flag.Fallthrough.Unknown);
        writer.WriteEndObject();
        WriteNumber(writer, "offVariation"u8, flag.OffVariation);
        WriteArray(writer, "variations"u8, flag.Variations, JsonText.Write);
        flag.WriteSalt(writer);
        writer.WriteBoolean("trackEvents"u8, flag.TrackEvents);
        writer.WriteBoolean("trackEventsFallthrough"u8, flag.TrackEventsFallthrough);
        WriteNumber(writer, "debugEventsUntilDate"u8, flag.DebugEventsUntilDate);
        writer.WriteBoolean("clientSide"u8, flag.ClientSide);
        if (flag.ClientSideAvailability is { } availability)
        {
            writer.WriteStartObject("clientSideAvailability"u8);
            writer.WriteBoolean("usingMobileKey"u8, availability.UsingMobileKey);
            writer.WriteBoolean("usingEnvironmentId"u8, availability.UsingEnvironmentId);
            WriteUnknown(writer, availability.Unknown);
            writer.WriteEndObject();
        }

        WriteNumber(writer, "samplingRatio"u8, flag.SamplingRatio);
        WriteIfTrue(writer, "excludeFromSummaries"u8, flag.ExcludeFromSummaries);
        if (flag.Migration is { } migration)
        {
            writer.WriteStartObject("migration"u8);
            WriteNumber(writer, "checkRatio"u8, migration.CheckRatio);
            WriteUnknown(writer, migration.Unknown);
            writer.WriteEndObject();
        }

        writer.WriteBoolean("deleted"u8, false);
        WriteUnknown(writer, flag.Unknown);
        writer.WriteEndObject();
    }

    private static void WriteSegment(Utf8JsonWriter writer, Segment segment)
    {
        writer.WriteStartObject();
        writer.WriteString("key"u8, segment.Key);
        writer.WriteNumber("version"u8, segment.Version);
        WriteKeys(writer, "included"u8, segment.Included);
        WriteKeys(writer, "excluded"u8, segment.Excluded);
        WriteArray(writer, "includedContexts"u8, segment.IncludedContexts, WriteSegmentTarget);
        WriteArray(writer, "excludedContexts"u8, segment.ExcludedContexts, WriteSegmentTarget);
        WriteArray(writer, "rules"u8, segment.Rules, WriteSegmentRule);
        writer.WriteString("salt"u8, segment.Salt);
        WriteIfTrue(writer, "unbounded"u8, segment.Unbounded);
        WriteString(writer, "unboundedContextKind"u8, segment.UnboundedContextKind);
        WriteNumber(writer, "generation"u8, segment.Generation);
        writer.WriteBoolean("deleted"u8, false);
        WriteUnknown(writer, segment.Unknown);
        writer.WriteEndObject();
    }

    private static void WritePrerequisite(Utf8JsonWriter writer, Prerequisite prerequisite)
    {
        writer.WriteStartObject();
        writer.WriteString("key"u8, prerequisite.Key);
        writer.WriteNumber("variation"u8, prerequisite.Variation);
        WriteUnknown(writer, prerequisite.Unknown);
        writer.WriteEndObject();
    }

    private static void WriteTarget(Utf8JsonWriter writer, Target target)
    {
        writer.WriteStartObject();
        WriteString(writer, "contextKind"u8, target.ContextKind);
        writer.WriteNumber("variation"u8, target.Variation);
        WriteKeys(writer, "values"u8, target.Values);
        WriteUnknown(writer, target.Unknown);
        writer.WriteEndObject();
    }

    private static void WriteRule(Utf8JsonWriter writer, Rule rule)
    {
        writer.WriteStartObject();
        rule.WriteId(writer);
        WriteClauses(writer, rule.ClauseList);
        WriteServe(writer, rule.Serve);
        writer.WriteBoolean("trackEvents"u8, rule.TrackEvents);
        WriteUnknown(writer, rule.Unknown);
        writer.WriteEndObject();
    }

    private static void WriteClauses(Utf8JsonWriter writer, ClauseList clauses)
    {
        writer.WriteStartArray("clauses"u8);
        for (var i = 0; i < clauses.Count; i++)
        {
            WriteClause(writer, clauses[i]);
        }

        writer.WriteEndArray();
    }

    private static void WriteClause(Utf8JsonWriter writer, Clause clause)
    {
        var contextKind = KindBeside(clause.ContextKind, clause.Attribute);
        writer.WriteStartObject();
        WriteString(writer, "contextKind"u8, contextKind);
        writer.WriteString("attribute"u8, clause.Attribute is { } attribute ? TextOf(attribute, contextKind is not null) : "");
        writer.WriteString("op"u8, clause.Op);
        WriteArray(writer, "values"u8, clause.Values, JsonText.Write);
        writer.WriteBoolean("negate"u8, clause.Negate);
        WriteUnknown(writer, clause.Unknown);
        writer.WriteEndObject();
    }

    private static void WriteServe(Utf8JsonWriter writer, VariationOrRollout serve)
    {
        WriteNumber(writer, "variation"u8, serve.Variation);
        if (serve.Rollout is { } rollout)
        {
            writer.WritePropertyName("rollout"u8);
            WriteRollout(writer, rollout);
        }
    }

    private static void WriteRollout(Utf8JsonWriter writer, Rollout rollout)
    {
        var contextKind = KindBeside(rollout.ContextKind, rollout.BucketBy);
        writer.WriteStartObject();
        WriteString(writer, "kind"u8, rollout.Kind == RolloutKind.Experiment ? "experiment" : null);
        WriteString(writer, "contextKind"u8, contextKind);
        WriteString(writer, "bucketBy"u8, rollout.BucketBy is { } bucketBy ? TextOf(bucketBy, contextKind is not null) : null);
        WriteNumber(writer, "seed"u8, rollout.Seed);
        WriteArray(writer, "variations"u8, rollout.Variations, WriteShare);
        WriteUnknown(writer, rollout.Unknown);
        writer.WriteEndObject();
    }

    private static void WriteShare(Utf8JsonWriter writer, WeightedVariation share)
    {
        writer.WriteStartObject();
        writer.WriteNumber("variation"u8, share.Variation);
        writer.WriteNumber("weight"u8, share.Weight);
        WriteIfTrue(writer, "untracked"u8, share.Untracked);
        WriteUnknown(writer, share.Unknown);
        writer.WriteEndObject();
    }

    private static void WriteSegmentTarget(Utf8JsonWriter writer, SegmentTarget target)
    {
        writer.WriteStartObject();
        WriteString(writer, "contextKind"u8, target.ContextKind);
        WriteKeys(writer, "values"u8, target.Values);
        WriteUnknown(writer, target.Unknown);
        writer.WriteEndObject();
    }

    private static void WriteSegmentRule(Utf8JsonWriter writer, SegmentRule rule)
    {
        var contextKind = KindBeside(rule.RolloutContextKind, rule.BucketBy);
        writer.WriteStartObject();
        WriteString(writer, "id"u8, rule.Id.Length == 0 ? null : rule.Id);
        WriteClauses(writer, rule.ClauseList);
        WriteNumber(writer, "weight"u8, rule.Weight);
        WriteString(writer, "bucketBy"u8, rule.BucketBy is { } bucketBy ? TextOf(bucketBy, contextKind is not null) : null);
        WriteString(writer, "rolloutContextKind"u8, contextKind);
        WriteUnknown(writer, rule.Unknown);
        writer.WriteEndObject();
    }

    // Whether an attribute is read back as a path or as a plain name hangs on the context kind beside it. Data from
    // JSON always agrees with itself; items made in code may pair the two freely, and these two keep their meaning.
    private static string? KindBeside(string? contextKind, AttributeReference? attribute) =>
        contextKind ?? (attribute is { IsLiteral: false } ? Context.DefaultKind : null);

    private static string TextOf(AttributeReference attribute, bool isPath) => isPath ? attribute.PathText : attribute.Text;

    private static void WriteArray<T>(
        Utf8JsonWriter writer, ReadOnlySpan<byte> name, ImmutableArray<T> items, Action<Utf8JsonWriter, T> write)
    {
        writer.WriteStartArray(name);
        foreach (var item in items)
        {
            write(writer, item);
        }

        writer.WriteEndArray();
    }

    private static void WriteKeys(Utf8JsonWriter writer, ReadOnlySpan<byte> name, KeySet keys)
    {
        writer.WriteStartArray(name);
        for (var i = 0; i < keys.Count; i++)
        {
            writer.WriteStringValue(keys.Text(i));
        }

        writer.WriteEndArray();
    }

    private static void WriteString(Utf8JsonWriter writer, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }

    private static void WriteNumber(Utf8JsonWriter writer, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
    }

    private static void WriteIfTrue(Utf8JsonWriter writer, ReadOnlySpan<byte> name, bool value)
    {
        if (value)
        {
            writer.WriteBoolean(name, true);
        }
    }

    private static void WriteUnknown(Utf8JsonWriter writer, UnknownProperties? unknown)
    {
        if (unknown is null)
        {
            return;
        }

        foreach (var (name, value) in unknown.Properties)
        {
            writer.WritePropertyName(name);
            writer.WriteRawValue(value, skipInputValidation: true);
        }
    }
}
