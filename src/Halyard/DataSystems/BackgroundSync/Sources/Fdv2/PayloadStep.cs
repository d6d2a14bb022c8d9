using Halyard.DataInterfaces;

namespace Halyard.DataSystems.Sources.Fdv2;

/// <summary>What follows from an event.</summary>
/// <param name="Kind">What kind of step.</param>
/// <param name="Changes">For <see cref="PayloadStepKind.Changes"/>.</param>
/// <param name="Text">For people.</param>
/// <param name="Directive">The order that a goodbye may carry.</param>
internal readonly record struct PayloadStep(
    PayloadStepKind Kind, ChangeSet? Changes = null, string? Text = null, FallbackDirective? Directive = null);
