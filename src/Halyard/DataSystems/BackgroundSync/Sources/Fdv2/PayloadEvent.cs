using Halyard.DataInterfaces;
using Halyard.Model;

namespace Halyard.DataSystems.Sources.Fdv2;

/// <summary>One event of FDv2.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Item">For <see cref="PayloadEventKind.Item"/>.</param>
/// <param name="Selector">For <see cref="PayloadEventKind.Transferred"/>.</param>
/// <param name="Text">A code, a kind or a reason.</param>
/// <param name="Directive">For <see cref="PayloadEventKind.Goodbye"/>, if it orders to leave the protocol.</param>
internal readonly record struct PayloadEvent(
    PayloadEventKind Kind, ItemDescriptor? Item = null, Selector Selector = default, string? Text = null, FallbackDirective? Directive = null)
{
    /// <summary>The bytes of memory that reading it took, which is the most that it can hold.</summary>
    public long Cost { get; init; }
}
