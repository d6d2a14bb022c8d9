namespace Halyard;

/// <summary>A value of Redis' protocol.</summary>
/// <param name="Type">The character it begins with.</param>
/// <param name="Text">The text of a simple value; null for a list, and for nothing.</param>
/// <param name="Items">What a list holds; null for a simple value, and for nothing.</param>
internal readonly record struct RespValue(char Type, string? Text, RespValue[]? Items)
{
    public bool IsError => Type is '-' or '!';

    /// <summary>Whether it comes of itself, and is not the answer to a command: version 2 of the protocol has no mark for that.</summary>
    public bool IsPush => Type == '>' || Items is [{ Text: "message" }, ..];
}
