using System.Collections.Immutable;

namespace Halyard;

/// <summary>One change of the data: the flags that may now evaluate differently, their dependents included.</summary>
/// <param name="Keys">The flag keys; each once.</param>
public sealed record FlagChange(ImmutableArray<string> Keys);
