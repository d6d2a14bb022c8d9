using System.Text.Json;

namespace Halyard;

/// <summary>The names that reasons have on the wire (facts/evaluation, "Reasons").</summary>
internal static class EvaluationReasonText
{
    public static string Describe(in EvaluationReason reason) => throw new NotImplementedException();

    /// <summary>Writes the reason's JSON object; only the members that belong to its kind.</summary>
    public static void Write(Utf8JsonWriter writer, in EvaluationReason reason) => throw new NotImplementedException();
}
