namespace Halyard.Model;

/// <summary>A member of a JSON object.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
internal readonly record struct ObjectMember(string Name, Value Value);
