namespace Halyard.Fuzzing;

/// <summary>What is wrong with how an input was read.</summary>
/// <param name="Kind">The kind of fault: what inputs have in common that show the same one.</param>
/// <param name="Message">What happened.</param>
internal sealed record FuzzFinding(string Kind, string Message);
