using System.Text.Json.Serialization.Metadata;

namespace Halyard.TypedFlags;

/// <summary>What became of a JSON value under one description of a type. Immutable.</summary>
/// <param name="Type">The description.</param>
/// <param name="Count">How many forms there are from here on.</param>
/// <param name="Next">What was made before; null at the end.</param>
internal abstract record ParsedForm(JsonTypeInfo Type, int Count, ParsedForm? Next);
