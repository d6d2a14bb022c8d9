using System.Text.Json;
using Halyard.Evaluation;
using Halyard.Migrations;

namespace Halyard.AnalyticsEvents;

/// <summary>Writes the event of one operation of a migration (event schema 4, <c>migration_op</c>).</summary>
internal static class MigrationOpEventWriter
{
    public static void Write(Utf8JsonWriter writer, MigrationOpEvent operation, EventContextWriter contexts, Context context, long time)
    {
        writer.WriteStartObject();
        writer.WriteString("kind"u8, "migration_op"u8);
        writer.WriteNumber("creationDate"u8, time);
        writer.WriteString("operation"u8, operation.Operation == MigrationOperation.Read ? "read"u8 : "write"u8);
        writer.WritePropertyName("context"u8);
        contexts.Write(writer, context, redactAnonymous: true);
        WriteEvaluation(writer, operation.Subject);
        writer.WriteStartArray("measurements"u8);
        WriteFlags(writer, "invoked"u8, operation.Invoked);
        WriteConsistency(writer, operation);
        WriteLatency(writer, operation.Latency);
        WriteFlags(writer, "error"u8, operation.Failed);
        writer.WriteEndArray();
        EventAggregator.WriteRatio(writer, operation.SamplingRatio);
        writer.WriteEndObject();
    }

    private static void WriteEvaluation(Utf8JsonWriter writer, MigrationSubject subject)
    {
        writer.WriteStartObject("evaluation"u8);
        writer.WriteString("key"u8, subject.Key);
        writer.WriteString("value"u8, subject.Stage.ToText());
        writer.WriteString("default"u8, subject.Default.ToText());
        if (subject.Variation is { } variation)
        {
            writer.WriteNumber("variation"u8, variation);
        }

        if (subject.Flag is { } flag)
        {
            writer.WriteNumber("version"u8, flag.Version);
        }

        writer.WritePropertyName("reason"u8);
        EvaluationReasonText.Write(writer, subject.Reason);
        writer.WriteEndObject();
    }

    // Origins for which it is false are left out.
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

    private static void WriteConsistency(Utf8JsonWriter writer, MigrationOpEvent operation)
    {
        if (operation.Consistent is not { } consistent)
        {
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("key"u8, "consistent"u8);
        writer.WriteBoolean("value"u8, consistent);
        writer.WriteNumber("samplingRatio"u8, operation.Subject.Flag?.Migration?.CheckRatio ?? 1);
        writer.WriteEndObject();
    }

    private static void WriteLatency(Utf8JsonWriter writer, in PerOrigin<TimeSpan?> latency)
    {
        if (latency is { Old: null, New: null })
        {
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("key"u8, "latency_ms"u8);
        writer.WriteStartObject("values"u8);
        if (latency.Old is { } old)
        {
            writer.WriteNumber("old"u8, (long)old.TotalMilliseconds);
        }

        if (latency.New is { } @new)
        {
            writer.WriteNumber("new"u8, (long)@new.TotalMilliseconds);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
