using System.Collections.Immutable;
using System.Globalization;

namespace Halyard.Model;

/// <summary>A named group of contexts, by list, by rule, or by an external membership store. Immutable.</summary>
public sealed class Segment
{
    /// <summary>The key.</summary>
    public required string Key { get; init; }

    /// <summary>The version: a higher number is newer.</summary>
    public long Version { get; init; }

    /// <summary>User keys that are in.</summary>
    public KeySet Included { get; init; } = KeySet.Empty;

    /// <summary>User keys that are out, unless included.</summary>
    public KeySet Excluded { get; init; } = KeySet.Empty;

    /// <summary>Keys of other context kinds that are in.</summary>
    public ImmutableArray<SegmentTarget> IncludedContexts { get; init; } = [];

    /// <summary>Keys of other context kinds that are out, unless included.</summary>
    public ImmutableArray<SegmentTarget> ExcludedContexts { get; init; } = [];

    /// <summary>Rules tried for contexts that no list names.</summary>
    public ImmutableArray<SegmentRule> Rules { get; init; } = [];

    /// <summary>The salt of the bucketing hash.</summary>
    public string Salt { get; init; } = "";

    /// <summary>Whether membership is kept in an external store: a big segment.</summary>
    public bool Unbounded { get; init; }

    /// <summary>The kind of context a big segment lists; null reads as <c>user</c>.</summary>
    public string? UnboundedContextKind { get; init; }

    /// <summary>A big segment's generation; null means it is not configured yet.</summary>
    public long? Generation { get; init; }

    internal UnknownProperties? Unknown { get; init; }

    /// <summary>The name under which a membership store lists this generation of a big segment: <c>key.gN</c>.</summary>
    internal string MembershipReference => field ??= string.Create(CultureInfo.InvariantCulture, $"{Key}.g{Generation}");
}
