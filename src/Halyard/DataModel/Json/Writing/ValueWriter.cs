namespace Halyard.DataModel.Json.Writing;

/// <summary>Writes values as JSON.</summary>
internal static class ValueWriter
{
    /// <summary>Writes the value; a number with the text it was read with.</summary>
    public static void Write<T>(ref T output, in Value value)
        where T : IJsonOutput, allows ref struct
    {
        switch (value.Kind)
        {
            case ValueKind.Null:
                output.Null();
                break;
            case ValueKind.Bool:
                output.Bool(value.AsBool);
                break;
            case ValueKind.Number when value.ExactNumberText is { } digits:
                output.Number(digits);
                break;
            case ValueKind.Number:
                output.Number(value.AsDouble);
                break;
            case ValueKind.String:
                output.Text(value.AsString!);
                break;
            case ValueKind.Array:
                output.StartArray();
                foreach (ref readonly var element in value.Elements)
                {
                    Write(ref output, element);
                }

                output.EndArray();
                break;
            default:
                output.StartObject();
                foreach (var member in value.Members.Own)
                {
                    output.Name(member.Name);
                    Write(ref output, member.Value);
                }

                output.EndObject();
                break;
        }
    }
}
