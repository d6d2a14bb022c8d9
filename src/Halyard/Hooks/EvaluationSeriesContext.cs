namespace Halyard;

/// <summary>What an evaluation is about, for a <see cref="Hook"/>.</summary>
/// <param name="FlagKey">The flag's key, as the caller gave it.</param>
/// <param name="Context">The context, as the caller gave it: perhaps invalid.</param>
/// <param name="DefaultValue">The default value.</param>
/// <param name="Method">The method that was called, such as <c>BoolVariation</c>.</param>
/// <param name="EnvironmentId">The environment's id; null until the service has told it, and with sources that tell none.</param>
public sealed record EvaluationSeriesContext(string FlagKey, Context Context, Value DefaultValue, string Method, string? EnvironmentId);
