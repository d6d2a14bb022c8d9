namespace Halyard.Fuzzing;

/// <summary>Has a reader read an input, and checks what came of it: whatever it throws is a fault.</summary>
internal delegate void FuzzBody(ReadOnlySpan<byte> input);
