using System.Collections.Immutable;

namespace Halyard.Model;

/// <summary>
/// What few contexts have beside a kind and a key. It is an object of its own, so that the context of a key alone is as
/// small as it can be. Immutable but for the key that is made when it is first asked for.
/// </summary>
internal sealed class ContextParts
{
    private readonly KeyValuePair<string, Value>[]? _attributes;
    private readonly int _attributeCount;

    public ContextParts()
    {
    }

    /// <summary>With the first of the attributes of an array that nobody changes any more.</summary>
    public ContextParts(KeyValuePair<string, Value>[]? attributes, int count)
    {
        _attributes = attributes;
        _attributeCount = count;
    }

    /// <summary>What is wrong with an invalid context.</summary>
    public string? Error { get; init; }

    /// <summary>The members of a multi-context, sorted by kind.</summary>
    public Context[]? Members { get; init; }

    public string? Name { get; init; }

    public bool Anonymous { get; init; }

    /// <summary>The private attributes; the default where there are none.</summary>
    public ImmutableArray<AttributeReference> PrivateAttributes { get; init; }

    public string? FullyQualifiedKey { get; set; }

    public ReadOnlySpan<KeyValuePair<string, Value>> Attributes => new(_attributes, 0, _attributeCount);
}
