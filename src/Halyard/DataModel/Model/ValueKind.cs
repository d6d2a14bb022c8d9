namespace Halyard;

/// <summary>The JSON type of a <see cref="Value"/>.</summary>
public enum ValueKind : byte
{
    /// <summary>JSON <c>null</c>; also the default of <see cref="Value"/>.</summary>
    Null,

    /// <summary>JSON <c>true</c> or <c>false</c>.</summary>
    Bool,

    /// <summary>A JSON number.</summary>
    Number,

    /// <summary>A JSON string.</summary>
    String,

    /// <summary>A JSON array.</summary>
    Array,

    /// <summary>A JSON object.</summary>
    Object,
}
