using System.Text.Json.Serialization.Metadata;

namespace Halyard.TypedFlags;

/// <inheritdoc/>
/// <param name="Type">The description.</param>
/// <param name="Count">How many forms there are from here on.</param>
/// <param name="Next">What was made before; null at the end.</param>
/// <param name="IsSound">Whether the JSON was of the type.</param>
/// <param name="Result">What was made of it; the type's default where it is not sound.</param>
internal sealed record ParsedForm<T>(JsonTypeInfo Type, int Count, ParsedForm? Next, bool IsSound, T? Result) : ParsedForm(Type, Count, Next);
