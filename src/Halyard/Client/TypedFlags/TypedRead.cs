namespace Halyard.TypedFlags;

/// <summary>Reads a flag as a type.</summary>
internal delegate EvaluationDetail<T> TypedRead<T>(IHalyardClient client, string key, Context context, T defaultValue);
