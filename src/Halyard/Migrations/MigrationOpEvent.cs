using System.Text.Json;
using Halyard.AnalyticsEvents;
using Halyard.Evaluation;

namespace Halyard.Migrations;

/// <summary>A finished report of one operation of a migration (event schema 4, <c>migration_op</c>). Immutable.</summary>
internal sealed record MigrationOpEvent(MigrationSubject Subject, MigrationOperation Operation)
{
    public long? SamplingRatio => Subject.Flag?.SamplingRatio;

    public required PerOrigin<bool> Invoked { get; init; }

    public required PerOrigin<bool> Failed { get; init; }

    public required PerOrigin<TimeSpan?> Latency { get; init; }

    /// <summary>Whether both origins gave the same; null when that was not checked.</summary>
    public bool? Consistent { get; init; }

    public void Write(Utf8JsonWriter writer, EventContextWriter contexts, Context context, long time)
    {
        writer.WriteStartObject();
        writer.WriteString("kind"u8, "migration_op"u8);
        writer.WriteNumber("creationDate"u8, time);
        writer.WriteString("operation"u8, Operation == MigrationOperation.Read ? "read"u8 : "write"u8);
        writer.WritePropertyName("context"u8);
        contexts.Write(writer, context, redactAnonymous: true);
        WriteEvaluation(writer);
        writer.WriteStartArray("measurements"u8);
        WriteFlags(writer, "invoked"u8, Invoked);
        WriteConsistency(writer);
        WriteLatency(writer);
        WriteFlags(writer, "error"u8, Failed);
        writer.WriteEndArray();
        EventAggregator.WriteRatio(writer, SamplingRatio);
        writer.WriteEndObject();
    }

    private void WriteEvaluation(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("evaluation"u8);
        writer.WriteString("key"u8, Subject.Key);
        writer.WriteString("value"u8, Subject.Stage.ToText());
        writer.WriteString("default"u8, Subject.Default.ToText());
        if (Subject.Variation is { } variation)
        {
            writer.WriteNumber("variation"u8, variation);
        }

        if (Subject.Flag is { } flag)
        {
            writer.WriteNumber("version"u8, flag.Version);
        }

        writer.WritePropertyName("reason"u8);
        EvaluationReasonText.Write(writer, Subject.Reason);
        writer.WriteEndObject();
    }

    // Only what is true is said.
    private static void WriteFlags(Utf8JsonWriter writer, ReadOnlySpan<byte> key, in PerOrigin<bool> values)
    {
        if (!values.Old && !values.New)
        {
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("key"u8, key);
        writer.WriteStartObject("values"u8);
        if (values.Old)
        {
            writer.WriteBoolean("old"u8, true);
        }

        if (values.New)
        {
            writer.WriteBoolean("new"u8, true);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private void WriteConsistency(Utf8JsonWriter writer)
    {
        if (Consistent is not { } consistent)
        {
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("key"u8, "consistent"u8);
        writer.WriteBoolean("value"u8, consistent);
        writer.WriteNumber("samplingRatio"u8, Subject.Flag?.Migration?.CheckRatio ?? 1);
        writer.WriteEndObject();
    }

    private void WriteLatency(Utf8JsonWriter writer)
    {
        if (Latency is { Old: null, New: null })
        {
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("key"u8, "latency_ms"u8);
        writer.WriteStartObject("values"u8);
        if (Latency.Old is { } old)
        {
            writer.WriteNumber("old"u8, (long)old.TotalMilliseconds);
        }

        if (Latency.New is { } @new)
        {
            writer.WriteNumber("new"u8, (long)@new.TotalMilliseconds);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
