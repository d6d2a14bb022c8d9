using Halyard.Model;

namespace Halyard.DataInterfaces;

/// <summary>One item as read.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="Item">The item or tombstone; null unless found.</param>
internal readonly record struct ReadItem(ReadOutcome Outcome, ItemDescriptor? Item)
{
    public static ReadItem Absent => default;

    public static ReadItem Pending => new(ReadOutcome.Pending, null);

    public static ReadItem Malformed => new(ReadOutcome.Malformed, null);

    public static ReadItem Of(ItemDescriptor item) => new(ReadOutcome.Found, item);
}
