namespace Halyard.TypedFlags;

/// <summary>Reads a flag as a type, and may await a store.</summary>
internal delegate ValueTask<EvaluationDetail<T>> TypedReadAsync<T>(IHalyardClient client, string key, Context context, T defaultValue, CancellationToken cancellationToken);
