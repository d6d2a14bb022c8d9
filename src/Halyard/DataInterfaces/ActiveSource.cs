namespace Halyard;

/// <summary>Which source of several is in use, and how it came to that.</summary>
/// <param name="Name">The source's name, such as <c>fdv2-streaming</c>; null while none is in use.</param>
/// <param name="Since">Since when.</param>
/// <param name="PreviousName">The source before; null for the first.</param>
/// <param name="LeftBecause">Why the source before was left, for people; null for the first.</param>
public sealed record ActiveSource(string? Name, DateTimeOffset Since, string? PreviousName, string? LeftBecause);
