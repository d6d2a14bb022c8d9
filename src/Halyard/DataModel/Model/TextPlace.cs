namespace Halyard.Model;

/// <summary>Where a text lies among the texts of a flag.</summary>
/// <param name="Start">The position of its first byte.</param>
/// <param name="Length">How many bytes it has.</param>
internal readonly record struct TextPlace(int Start, int Length);
