using System.Collections.Immutable;

namespace Halyard.Model;

/// <summary>
/// JSON properties that Halyard does not know, as raw UTF-8 in their order. Kept with the object they stood in, so
/// that an item written to a store carries what a newer peer put there.
/// </summary>
internal sealed class UnknownProperties(ImmutableArray<KeyValuePair<string, byte[]>> properties)
{
    public ImmutableArray<KeyValuePair<string, byte[]>> Properties { get; } = properties;
}
